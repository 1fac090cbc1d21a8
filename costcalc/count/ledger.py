"""The ledger: every published number beside ours, with a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.count.groups import folded_type
from costcalc.count.printed import read_claim, read_number, same_shape
from costcalc.count.totals import total
from costcalc.dimensions import Shape
from costcalc.errors import CostcalcError, SpecError, at, suggest
from costcalc.graph.model import Layer, RowRun
from costcalc.network import Network, read_convention
from costcalc.spec.expressions import Expression
from costcalc.spec.library import load_spec
from costcalc.spec.model import UNDESCRIBED, Cell, Claim, Printed, Row, Spec, Value
from costcalc.spec.quantities import DTYPES, RATIOS, REPORTED, SHAPES
from costcalc.spec.settings import changed

if TYPE_CHECKING:
    from costcalc.conventions.convention import Convention, Counted

MISMATCH, STALE = "mismatch", "stale"
FAILURES = {
    MISMATCH: "print and network disagree, and the spec does not say why",
    STALE: "recorded as a discrepancy, but print and network agree",
}
VERDICTS = {
    "reproduced": "prints as printed, under the stated convention and rounding",
    "erratum": "the source contradicts itself; the evidence is given",
    "ambiguous": "fits only under a reading the source does not state; the reading is named",
    "not reproducible": "the source does not give what would decide it",
    **FAILURES,
}


class Line(NamedTuple):
    """One published number held against the network."""

    claim: Claim
    spec: Spec
    model: str
    where: str
    hyperparameters: dict[str, Value]
    metric: str
    printed: str
    computed: int | Fraction | Shape | str | None
    verdict: str
    note: str

    @property
    def failed(self) -> bool:
        """Whether the line breaks the check."""
        return self.verdict in FAILURES


class Ledger(list[Line]):
    """Lines of one or several specs."""

    def summary(self) -> dict[str, int]:
        """How many lines have each verdict, in the order of `VERDICTS`."""
        counted = Counter(line.verdict for line in self)
        return {verdict: counted[verdict] for verdict in VERDICTS if counted[verdict]}

    @property
    def failed(self) -> bool:
        """Whether any line breaks the check."""
        return any(line.failed for line in self)


class Bookkeeper:
    """Holds claims against networks, building each configuration once."""

    def __init__(self, convention: Convention | None = None) -> None:
        """With a convention, params that state no counts of their own are taken under it."""
        self.convention = convention
        self._networks: dict[Any, Network] = {}

    def network(self, spec: Spec, settings: dict[str, Value]) -> Network:
        """The network of a spec under these settings."""
        key = (spec.source.path, tuple(sorted(settings.items())))
        if key not in self._networks:
            self._networks[key] = Network(spec, settings)
        return self._networks[key]

    def ledger(self, specs: Iterable[Spec]) -> Ledger:
        """Every line of these specs: the checked cells of the tables, then the claims."""
        lines = Ledger()
        for spec in specs:
            lines += self.cells(self.network(spec, {}))
            lines += [
                self.line(spec, claim) for claim in spec.claims if claim.quantity not in REPORTED
            ]
        return lines

    def about(self, network: Network) -> Ledger:
        """The claims of the network's own paper about exactly this whole configuration."""
        lines = Ledger()
        for claim in network.spec.claims:
            if (
                claim.network
                or claim.rows
                or claim.type
                or claim.formula
                or claim.quantity in (*REPORTED, *SHAPES)
            ):
                continue
            if all(
                network.hyperparameters.get(k) == v for k, v in claim.settings.items()
            ) and self._is_complete(claim, network):
                lines.append(self.line(network.spec, claim))
        return lines

    def of_rows(self, network: Network) -> Ledger:
        """The claims of the network's own paper about single rows and layers."""
        return Ledger(
            self.line(network.spec, claim)
            for claim in network.spec.claims
            if claim.rows and not claim.network and claim.quantity not in (*REPORTED, *SHAPES)
        )

    def by_type(self, network: Network) -> Ledger:
        """The claims of the network's own paper about shares of its layer types."""
        return Ledger(
            self.line(network.spec, claim)
            for claim in network.spec.claims
            if claim.type
            and not claim.network
            and claim.quantity not in REPORTED
            and all(network.hyperparameters.get(k) == v for k, v in claim.settings.items())
            and self._is_complete(claim, network)
        )

    @staticmethod
    def _is_complete(claim: Claim, network: Network) -> bool:
        """Whether what the claim leaves open stands at its default."""
        return set(changed(network.spec, network.hyperparameters)) <= set(claim.settings)

    def reported(self, network: Network) -> dict[str, Fraction]:
        """What the paper measured by training for this configuration, in percent."""
        found: dict[str, Fraction] = {}
        for claim in network.spec.claims:
            if (
                claim.quantity in REPORTED
                and not claim.network
                and all(network.hyperparameters[k] == v for k, v in claim.settings.items())
                and self._is_complete(claim, network)
            ):
                number = read_number(claim.printed.text, "", "nearest")
                if number is not None and claim.quantity not in found:
                    found[claim.quantity] = (number.low + number.high) / 2
        return found

    def cells(self, network: Network) -> Ledger:
        """The checked and the misprinted cells of the network's own tables."""
        lines = Ledger()
        for run in network.graph.rows:
            if not isinstance(run.row, Row):
                continue
            for quantity, printed in run.row.checks.items():
                computed = _measure_row(network, run, quantity)
                lines.append(
                    _held(
                        self._cell(network, run, printed, quantity), network.spec, network, computed
                    )
                )
            for column, printed in run.row.misprints.items():
                assert printed.stands_for is not None
                claim = self._cell(network, run, printed, column)
                lines.append(
                    _line(
                        claim,
                        network.spec,
                        network,
                        printed.stands_for.text,
                        agrees=printed.stands_for.text == printed.text,
                    )
                )
        return lines

    @staticmethod
    def _cell(network: Network, run: RowRun, printed: Printed, quantity: str) -> Claim:
        assert isinstance(run.row, Row)
        title = run.row.table.title or network.spec.name
        return Claim(f"{title}, {run.name}", printed, quantity, printed.unit, {})

    def line(self, spec: Spec, claim: Claim) -> Line:
        """One claim held against the network it is about."""
        if claim.network == UNDESCRIBED:
            return _held(claim, spec, None, None)
        network = self._about(spec, claim)
        if claim.formula is not None:
            return _held(claim, spec, network, self._formula(spec, claim))
        if claim.quantity in RATIOS:
            return _held(claim, spec, network, None)
        return _held(claim, spec, network, self._measured(claim, network))

    def _measured(self, claim: Claim, network: Network) -> Any:
        under = None if claim.counts or claim.convention else self.convention
        return measure(claim, network, under)

    def _about(self, spec: Spec, claim: Claim) -> Network:
        """The network a claim is about. Errors in what it names stand at the claim."""
        try:
            about = load_spec(claim.network, spec.source.path) if claim.network else spec
            return self.network(about, claim.settings)
        except SpecError:
            raise
        except CostcalcError as error:
            raise at(claim.mark, error) from None

    def _formula(self, spec: Spec, claim: Claim) -> Fraction:
        """The value of a formula over measurements."""
        assert claim.formula is not None
        values = {}
        for name, part in claim.let.items():
            values[name] = self._measured(part, self._about(spec, part))
        return Fraction(Expression(claim.formula.text, claim.formula.mark).evaluate(values))


def measure(claim: Claim, network: Network, under: Convention | None = None) -> Any:
    """The claimed quantity of a network: a whole number, a share (as a fraction) or a shape.

    `under` is the convention of params and costs where the claim names none.

    Raises `SpecError` where the claim names a row, type or operator the network does not have.
    """
    layers = network.layers
    for cell in claim.without:
        layers = [layer for layer in layers if layer not in _named(network, cell)]
    part = layers
    if claim.rows:
        wanted = [layer for cell in claim.rows for layer in _named(network, cell)]
        part = [layer for layer in layers if layer in wanted]
    if claim.type:
        part = [layer for layer in layers if folded_type(network.graph, layer) == claim.type]
        if not part:
            known = {folded_type(network.graph, layer) for layer in network.layers}
            raise SpecError(
                f"{network.name} has no layers of type '{claim.type}'",
                claim.mark,
                suggest(claim.type, known, "types"),
            )
    if claim.quantity in SHAPES:
        if claim.quantity == "input":
            return network.input
        return part[0].input if claim.quantity == "in" else part[-1].output
    if claim.quantity == "peak_memory":
        if len(part) < len(network.layers):
            raise SpecError("a peak of memory is that of the whole network", claim.mark)
        return network.under(claim.dtype).peak_memory(claim.definition).peak_bytes
    if claim.convention or claim.quantity == "cost" or (under and claim.quantity == "params"):
        counted = network.count(under or _convention(claim))
        computed = _under_convention(claim, counted, part)
        if claim.unit == "%":
            return Fraction(computed, _under_convention(claim, counted, layers)) * 100
        return computed
    counts, dtype = claim.counts or network.spec.counts, claim.dtype
    computed = _measure(part, claim.quantity, counts, dtype)
    if claim.unit == "%":
        return Fraction(computed, _measure(layers, claim.quantity, counts, dtype)) * 100
    return computed


def _convention(claim: Claim) -> Convention:
    """The convention a claim names; errors stand at the claim."""
    try:
        convention = read_convention(claim.convention or None)
        if convention is None:
            raise CostcalcError("a cost needs a convention")
    except SpecError:
        raise
    except CostcalcError as error:
        raise at(claim.mark, error) from None
    return convention


def _under_convention(claim: Claim, counted: Counted, part: list[Layer]) -> int:
    """Params or the headline number of some layers as a tool counts them."""
    whole = len(part) == len(counted.layers)
    totals = counted.total if whole else counted.totals(part)
    found = getattr(totals, claim.quantity)
    if found is None:
        raise SpecError(f"{counted.convention.key} has no cost, params alone", claim.mark)
    return int(found)


def _measure(
    layers: list[Layer], quantity: str, counts: tuple[str, ...], dtype: str = "fp32"
) -> int:
    """A quantity of some layers, as a whole number."""
    if quantity == "layers":
        return sum(layer.operator.weighted for layer in layers)
    if quantity == "activations":
        return int(sum(layer.output.size for layer in layers if layer.operator.weighted))
    if quantity == "pruned":
        return int(sum(layer.pruned for layer in layers))
    if quantity == "pruned_size":
        bits = sum(layer.pruned * layer.bits for layer in layers)
        return int(-(-bits // 8))
    sums = total(layers, counts)
    if quantity == "size":
        return int(sums.params * DTYPES[dtype])
    return int(getattr(sums, quantity))


def _measure_row(network: Network, run: RowRun, quantity: str) -> Any:
    """A quantity of a row of the table: a shape of its ends, or a sum over its layers."""
    if quantity == "in":
        return run.input
    if quantity in ("out", "size"):
        return run.output
    layers = [network.layers[index] for index in run.layers]
    return _measure(layers, quantity, network.spec.counts)


def layers_named(network: Network, name: str) -> list[Layer]:
    """The layers a name stands for: an operator, a row, a block, a layer with what follows it.

    Raises `CostcalcError` for a name the network does not have.
    """
    found = [
        layer
        for layer in network.layers
        if name in (layer.op, layer.row, layer.block, layer.name)
        or layer.name.startswith(f"{name}/")
    ]
    if not found:
        known = {n for layer in network.layers for n in (layer.op, layer.row, layer.name)}
        raise CostcalcError(
            f"{network.name} has no layer, row or operator '{name}'\n"
            f"{suggest(name, known, 'known')}"
        )
    return found


def _named(network: Network, cell: Cell) -> list[Layer]:
    """The layers a cell of a claim names."""
    try:
        return layers_named(network, cell.text)
    except CostcalcError as error:
        raise at(cell.mark, error) from None


def _held(claim: Claim, spec: Spec, network: Network | None, computed: Any) -> Line:
    """A line: whether the computed value prints as printed."""
    if isinstance(computed, Shape):
        agrees = same_shape(claim.printed.text, computed)
    else:
        printed = read_claim(claim)
        if printed is None and computed is not None:
            raise SpecError(f"'{claim.printed.text}' is no number", claim.mark)
        agrees = printed is not None and computed in printed
    return _line(claim, spec, network, computed, agrees)


def _line(claim: Claim, spec: Spec, network: Network | None, computed: Any, agrees: bool) -> Line:
    recorded = claim.printed.verdict
    if recorded in ("erratum", "not reproducible"):
        verdict = STALE if agrees else recorded
    elif not agrees:
        verdict = MISMATCH
    else:
        verdict = recorded or "reproduced"
    where = claim.where
    about = claim.label or claim.type or ", ".join(cell.text for cell in claim.rows)
    if about:
        where = f"{where}, {about}"
    metric = (
        f"share_{claim.quantity}"
        if claim.unit == "%" and claim.quantity != "share"
        else claim.quantity
    )
    return Line(
        claim=claim,
        spec=spec,
        model=network.name if network is not None else UNDESCRIBED,
        where=where,
        hyperparameters=network.hyperparameters if network is not None else {},
        metric=metric,
        printed=claim.printed.text,
        computed=computed,
        verdict=verdict,
        note=claim.printed.note,
    )
