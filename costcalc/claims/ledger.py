"""The ledger: every published number beside ours, with a verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from costcalc.claims.measure import measure, measure_row
from costcalc.claims.printed import read_claim, same_shape
from costcalc.claims.reported import reported
from costcalc.errors import CostcalcError, SpecError, at
from costcalc.graph.model import RowRun
from costcalc.language.expressions import Expression
from costcalc.language.library import load_spec
from costcalc.language.model import UNDESCRIBED, Claim, Printed, Row, Spec, Value
from costcalc.language.quantities import RATIOS, REPORTED, SHAPES
from costcalc.language.settings import changed
from costcalc.network import Network
from costcalc.numbers.dimensions import Shape

if TYPE_CHECKING:
    from costcalc.conventions.convention import Convention

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
        return Ledger(
            self.line(network.spec, claim)
            for claim in _claims_of(network)
            if not (claim.rows or claim.type or claim.formula)
            and claim.quantity not in (*REPORTED, *SHAPES)
        )

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
            for claim in _claims_of(network)
            if claim.type and claim.quantity not in REPORTED
        )

    def reported(self, network: Network) -> dict[str, Fraction]:
        """What the paper measured by training for this configuration, in percent."""
        found: dict[str, Fraction] = {}
        for one in reported(network.spec):
            if one.settings == network.hyperparameters:
                found.setdefault(one.quantity, one.value)  # the first printed stands
        return found

    def cells(self, network: Network) -> Ledger:
        """The checked and the misprinted cells of the network's own tables."""
        lines = Ledger()
        for run in network.graph.rows:
            if not isinstance(run.row, Row):
                continue
            for quantity, printed in run.row.checks.items():
                computed = measure_row(network, run, quantity)
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
        return Fraction(Expression(claim.formula.text, claim.formula.mark).measure(values))


def _claims_of(network: Network) -> list[Claim]:
    """The claims of the network's own paper about exactly this configuration.

    What a claim leaves open stands at its default.
    """
    settings = network.hyperparameters
    open_ = set(changed(network.spec, settings))
    return [
        claim
        for claim in network.spec.claims
        if not claim.network
        and open_ <= set(claim.settings)
        and all(settings.get(k) == v for k, v in claim.settings.items())
    ]


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
