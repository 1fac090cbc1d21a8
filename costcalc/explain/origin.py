"""Where a number comes from: what prints it, what comes near, and what else might be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Ledger, Line
from costcalc.claims.printed import Range, read_claim
from costcalc.conventions.convention import Convention
from costcalc.conventions.counting import Counted
from costcalc.errors import CostcalcError
from costcalc.graph.model import Layer
from costcalc.language.forms import ABSENT, BIASES, FORMS
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.settings import Settled, read_value, settle
from costcalc.language.spec import Spec
from costcalc.network import Network
from costcalc.records import NamedTuple

TIMES = (Fraction(1), Fraction(2), Fraction(1, 2))
"""What else a figure is taken for: a multiply-add is two operations to some, and one to others."""
NEAREST = 6
"""So many figures are shown where none is the number."""


class Figure(NamedTuple):
    """A number that a convention prints: params, or one of its figures, with its unit."""

    convention: str
    figure: str
    value: int
    unit: str = ""

    @property
    def counts_operations(self) -> bool:
        """Whether twice and half of it may be meant, as of FLOPs and multiply-adds."""
        return self.unit.startswith(("multiply-adds", "FLOPs", "operations"))


class Candidate(NamedTuple):
    """A value that some conventions print, and how far `times` of it is from the number.

    `distance` is a share of the number, below 0 where the value is less.
    """

    value: int
    times: Fraction
    distance: Fraction
    figures: tuple[Figure, ...]


class Reading(NamedTuple):
    """Other settings, or other forms of operators, with which a figure is the number."""

    settings: Mapping[str, Value]
    implementation: Mapping[str, str]
    candidate: Candidate


def figures(counts: Iterable[Counted]) -> list[Figure]:
    """Every number the conventions print for a network."""
    found = []
    for counted in counts:
        key, units = counted.convention.key, counted.convention.figures
        found.append(Figure(key, "params", int(counted.params)))
        found += [Figure(key, n, int(value), units[n]) for n, value in counted.figures.items()]
    return found


def candidates(printed: Range, found: Iterable[Figure]) -> list[Candidate]:
    """The figures, twice and half of them, the nearest to the number first.

    Figures of one value are one candidate; one of 0 is none.
    """
    grouped: dict[tuple[int, Fraction], list[Figure]] = {}
    for figure in filter(lambda figure: figure.value, found):
        for times in TIMES if figure.counts_operations else TIMES[:1]:
            grouped.setdefault((figure.value, times), []).append(figure)
    near = [
        Candidate(value, times, _distance(printed, value * times), tuple(group))
        for (value, times), group in grouped.items()
    ]
    return sorted(near, key=lambda one: (abs(one.distance), TIMES.index(one.times)))


def _distance(printed: Range, value: Fraction) -> Fraction:
    """How far a value is from the number, as a share of it; of a range, from its middle."""
    anchor = printed.anchor
    if printed.one_sided and value in printed:
        return Fraction(0)
    return (value - anchor) / anchor if anchor else value


def published(spec: Spec) -> Ledger:
    """The spec's ledger. What keeps a claim from being held is for `check` to say."""
    return ClaimChecker().check(spec.key, spec).lines


def may_be(line: Line, printed: Range) -> bool:
    """Whether a published number may be the same print."""
    if not isinstance(line.computed, int | Fraction):
        return False
    other = read_claim(line.claim)
    if other is None or other.one_sided:
        return False
    return other.low <= printed.high and printed.low <= other.high


def readings(
    network: Network,
    settings: Iterable[Settled],
    conventions: Sequence[Convention],
    printed: Range,
    tried: Callable[[], None] = lambda: None,
) -> list[Reading]:
    """Other readings of a network under which a convention prints the number, or half or twice it.

    Those that print just it come first. What a convention prints so of the network as it is, twice
    or half of it too, tells nothing of a reading, and is none.

    Args:
        network: as it was asked for.
        settings: those to try in place of its own.
        conventions: those to look at.
        printed: the number.
        tried: called after each network that was counted.
    """
    as_it_is = {
        (figure.convention, figure.figure, candidate.times)
        for candidate in _within(printed, network, conventions)
        for figure in candidate.figures
    }
    found = []
    for reading in _all_readings(network, settings, conventions, printed, tried):
        one = reading.candidate
        figures = tuple(
            figure for figure in one.figures
            if (figure.convention, figure.figure, one.times) not in as_it_is
        )  # fmt: skip
        if figures:
            found.append(reading._replace(candidate=one._replace(figures=figures)))
    return sorted(found, key=lambda reading: TIMES.index(reading.candidate.times))


def _all_readings(
    network: Network,
    settings: Iterable[Settled],
    conventions: Sequence[Convention],
    printed: Range,
    tried: Callable[[], None],
) -> Iterator[Reading]:
    seen = set()
    for operator, form in _other_forms(network, conventions):
        told = [convention.of_implementation({operator: form}) for convention in conventions]
        for candidate in _within(printed, network, told):
            if (operator, candidate) not in seen:  # forms that are the same to the tools
                seen.add((operator, candidate))
                yield Reading({}, {operator: form}, candidate)
    for settled in settings:
        changed = {k: v for k, v in settled.items() if network.hyperparameters[k] != v}
        try:
            other = Network(network.spec, settled)
        except CostcalcError:
            continue  # settings that make no network
        for candidate in _within(printed, other, conventions):
            yield Reading(changed, {}, candidate)
        tried()


def _within(
    printed: Range, network: Network, conventions: Iterable[Convention]
) -> Iterator[Candidate]:
    """The candidates that are the number."""
    counts = []
    for convention in conventions:
        try:
            counts.append(network.count(convention))
        except CostcalcError:
            continue  # a tool that has no number for the network
    found = candidates(printed, figures(counts))
    for candidate in sorted(found, key=lambda one: TIMES.index(one.times)):
        if candidate.value * candidate.times in printed:
            yield candidate


def other_settings(spec: Spec, given: Mapping[str, Value], lines: Ledger) -> list[Settled]:
    """Settings that are worth a look: each other choice of one hyperparameter, and those that
    published numbers are about.

    Args:
        spec: whose settings they are.
        given: the hyperparameters that were not left at their defaults.
        lines: the published numbers.
    """
    found = [
        settle(spec, {**given, name: read_value(one, choice)})
        for name, one in spec.hyperparameters.items()
        for choice in _choices(one)
    ]
    found += [settle(spec, line.hyperparameters) for line in lines if line.model == spec.key]
    base = settle(spec, given)
    return list({_key(settled): settled for settled in found if settled != base}.values())


def _choices(one: Hyperparameter) -> tuple[Value, ...]:
    return (False, True) if one.kind == "boolean" else one.choices


def _key(settled: Settled) -> tuple[tuple[str, type, Value], ...]:
    """Settings to tell apart, `true` from 1 too."""
    return tuple((name, type(value), value) for name, value in settled.items())


def _other_forms(network: Network, conventions: Sequence[Convention]) -> Iterator[tuple[str, str]]:
    """Operators of the network and how else they may be written, where a convention cares."""
    layers: dict[str, list[Layer]] = {}
    for layer in network.layers:
        layers.setdefault(layer.op, []).append(layer)
    named = {pair for convention in conventions for pair in convention.rules}
    for operator, those in layers.items():
        for form in FORMS:
            if (
                ((operator, form) in named or form == ABSENT)
                and _possible(form, those)
                and any(one.tells_apart(layer, form) for one in conventions for layer in those)
            ):
                yield operator, form
    for convention in conventions:
        yield from ((BIASES, a.otherwise) for a in convention.assumes if a.of == BIASES)


def _possible(form: str, layers: Sequence[Layer]) -> bool:
    """Whether layers can be written so: linear ones have no window, and weights are not absent."""
    weighted = layers[0].operator.weighted
    if form == "linear":
        return all("k" in layer.arguments and set(layer.arguments["k"]) == {1} for layer in layers)
    return not (weighted and form == ABSENT)
