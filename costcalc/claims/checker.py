"""Claims held against the networks they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from costcalc.claims.ledger import MISMATCH, STALE, Checked, Ledger, Line
from costcalc.claims.measure import Measured, measure, measure_row
from costcalc.claims.printed import read_claim, same_shape
from costcalc.errors import CostcalcError, SpecError, at
from costcalc.graph.build import build
from costcalc.graph.calls import Calls
from costcalc.graph.model import ExpandedRow
from costcalc.language.claim import UNDESCRIBED, Claim
from costcalc.language.expressions import Expression
from costcalc.language.model import Printed, Row, Value
from costcalc.language.quantities import RATIOS, REPORTED, SHAPES
from costcalc.language.settings import complete, settle
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.network import Network, of_graph
from costcalc.numbers.dimensions import Shape

if TYPE_CHECKING:
    from costcalc.conventions.convention import Convention


class ClaimChecker:
    """Holds claims against networks; each network is built once, however many are about it.

    >>> from costcalc.network import load
    >>> ClaimChecker().claims_for(load("mobilenet")).summary()
    {'reproduced': 12, 'erratum': 1}
    """

    def __init__(self, convention: Convention | None = None) -> None:
        """With a convention, params that state no counts of their own are taken under it."""
        self.convention = convention
        self._networks: dict[tuple[object, ...], Network] = {}
        self._calls: dict[Spec, Calls] = {}

    def ledger(self, specs: Iterable[Spec]) -> Ledger:
        """Every line of these specs: the checked cells of the tables, then the claims.

        Raises `SpecError` at the first claim that cannot be held against anything.
        """
        return Ledger(line for spec in specs for line in self.lines(spec))

    def lines(self, spec: Spec) -> Iterator[Line]:
        """The lines of one spec, in the order of the ledger, as they are checked.

        Raises `SpecError` at the first claim that cannot be held against anything.
        """
        for step in self._steps(spec):
            yield from step()

    def check(
        self, reference: str, spec: Spec, advance: Callable[[], None] = lambda: None
    ) -> Checked:
        """Every line of one spec that can be held, and every error that keeps others from it.

        Args:
            reference: the spec's name or path, as it was asked for.
            spec: the spec.
            advance: called once for each of `count_checks(spec)`.
        """
        lines, errors = Ledger(), dict[str, CostcalcError]()
        for step in self._steps(spec):
            try:
                lines += step()
            except CostcalcError as error:
                errors.setdefault(str(error), error)  # one broken row stops many claims
            advance()
        return Checked(reference, spec, lines, tuple(errors.values()))

    def _steps(self, spec: Spec) -> list[Callable[[], Iterable[Line]]]:
        """What checking a spec does, one thing after another."""
        claims = (partial(self._claim, spec, claim) for claim in _checkable(spec))
        return [partial(self._cells, spec), *claims]

    def _claim(self, spec: Spec, claim: Claim) -> Iterable[Line]:
        yield self.line(spec, claim)

    def _cells(self, spec: Spec) -> Ledger:
        """The checked cells of a spec's tables: they are those of the default hyperparameters."""
        return self.checked_cells(self._network(spec, complete(spec, {})))

    def claims_for(self, network: Network) -> Ledger:
        """The claims of the network's own paper about exactly this whole configuration."""
        return self._of(
            network,
            (
                claim
                for claim in _claims_of(network)
                if not (claim.rows or claim.type or claim.formula)
                and claim.quantity not in (*REPORTED, *SHAPES)
            ),
        )

    def row_claims_for(self, network: Network) -> Ledger:
        """The claims of the network's own paper about single rows and layers.

        They stand in the configurations that they name.
        """
        return self._of(
            network,
            (
                claim
                for claim in network.spec.claims
                if claim.rows and not claim.network and claim.quantity not in (*REPORTED, *SHAPES)
            ),
        )

    def type_claims_for(self, network: Network) -> Ledger:
        """The claims of the network's own paper about shares of its layer types."""
        return self._of(
            network,
            (
                claim
                for claim in _claims_of(network)
                if claim.type and claim.quantity not in REPORTED
            ),
        )

    def checked_cells(self, network: Network) -> Ledger:
        """The checked and the misprinted cells of the network's own tables."""
        lines = Ledger()
        for run in network.graph.rows:
            if not isinstance(run.row, Row):
                continue
            for quantity, printed in run.row.checks.items():
                claim = _cell(network, run, printed, quantity)
                computed = measure_row(network, run, quantity)
                lines.append(_held(claim, network.spec, network, computed))
            for column, printed in run.row.misprints.items():
                assert printed.stands_for is not None
                is_ = printed.stands_for.text
                claim = _cell(network, run, printed, column)
                lines.append(_line(claim, network.spec, network, is_, agrees=is_ == printed.text))
        return lines

    def _of(self, network: Network, claims: Iterable[Claim]) -> Ledger:
        """Claims of the network's own spec; the network itself need not be built again."""
        self._networks[_key(network.spec, network.hyperparameters)] = network.with_execution()
        return Ledger(self.line(network.spec, claim) for claim in claims)

    def _network(self, spec: Spec, settled: Mapping[str, Value]) -> Network:
        key = _key(spec, settled)
        if key not in self._networks:
            calls = self._calls.setdefault(spec, Calls(spec))
            self._networks[key] = of_graph(build(spec, settled, calls=calls))
        return self._networks[key]

    def line(self, spec: Spec, claim: Claim) -> Line:
        """One claim held against the network it is about.

        Raises `CostcalcError` where it cannot be held against anything.
        """
        if claim.network == UNDESCRIBED:
            return _line(claim, spec, None, None, agrees=False)
        network = self._about(spec, claim)
        if claim.formula is not None:
            return _held(claim, spec, network, self._formula(spec, claim))
        if claim.quantity in RATIOS:
            return _line(claim, spec, network, None, agrees=False)
        return _held(claim, spec, network, self._measured(claim, network))

    def _measured(self, claim: Claim, network: Network) -> Measured:
        under = None if claim.counts or claim.convention else self.convention
        return measure(claim, network, under)

    def _about(self, spec: Spec, claim: Claim) -> Network:
        """The network a claim is about. Errors in what it names stand at the claim."""
        if claim.network is None:
            return self._network(spec, complete(spec, claim.settings))
        try:
            other = load_spec(claim.network, spec.source.path)
            return self._network(other, settle(other, claim.settings))
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


def disagreement(line: Line) -> SpecError:
    """The error about a checked cell of a table that does not say what is computed."""
    computed = f"{line.computed:,}" if isinstance(line.computed, int) else str(line.computed)
    return SpecError(
        f"{line.where}: {line.metric} is printed {line.printed}, computed {computed}",
        line.claim.mark,
        'correct the cell, or mark it: {printed: …, erratum: "why the print is wrong"}'
        if line.verdict == MISMATCH
        else "the cell is marked, but it agrees: unmark it",
    )


def count_checks(spec: Spec) -> int:
    """How many steps checking a spec takes: one for its tables, one a claim."""
    return 1 + len(_checkable(spec))


def _checkable(spec: Spec) -> list[Claim]:
    """The claims that can be computed: what was measured by training is only reported."""
    return [claim for claim in spec.claims if claim.quantity not in REPORTED]


def _key(spec: Spec, settled: Mapping[str, Value]) -> tuple[object, ...]:
    """What decides how a network is built."""
    return (spec.source.path, *settled.items())


def _claims_of(network: Network) -> Iterator[Claim]:
    """The claims of the network's own paper about exactly this configuration.

    What a claim leaves open stands at its default.
    """
    spec, settings = network.spec, network.hyperparameters
    for claim in spec.claims:
        if (
            claim.network is None
            and all(settings[name] == value for name, value in claim.settings.items())
            and complete(spec, claim.settings) == settings
        ):
            yield claim


def _cell(network: Network, run: ExpandedRow, printed: Printed, quantity: str) -> Claim:
    """What a cell of the network's own tables claims."""
    assert isinstance(run.row, Row)
    title = run.row.table.title or network.spec.name
    source = run.row.table.source
    return Claim(f"{title}, {run.name}", printed, quantity, printed.unit, {}, source=source)


def _held(claim: Claim, spec: Spec, network: Network, computed: Measured) -> Line:
    """A line: whether the computed value prints as printed."""
    if isinstance(computed, Shape):
        agrees = same_shape(claim.printed.text, computed)
    else:
        printed = read_claim(claim)
        if printed is None:
            raise SpecError(f"'{claim.printed.text}' is no number", claim.mark)
        agrees = computed in printed
    return _line(claim, spec, network, computed, agrees)


def _line(
    claim: Claim,
    spec: Spec,
    network: Network | None,
    computed: Measured | str | None,
    agrees: bool,
) -> Line:
    recorded = claim.printed.verdict
    if recorded == "unverified":
        verdict = recorded
    elif recorded in ("erratum", "not reproducible"):
        verdict = STALE if agrees else recorded
    elif not agrees:
        verdict = MISMATCH
    else:
        verdict = recorded or "reproduced"
    where = ", ".join(filter(None, (claim.source.document, claim.where)))
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
