"""Why two numbers differ: the terms between one figure and another, summing exactly."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.conventions.convention import Rule
from costcalc.conventions.counting import Counted, LayerCost
from costcalc.errors import CostcalcError
from costcalc.numbers.dimensions import Dim, as_whole, is_whole
from costcalc.records import NamedTuple


class Term(NamedTuple):
    """What some operators add to (or take from) a number, and under which rules.

    `rule` is the expression of the second number, `instead_of` that of the first; "" where the
    convention says nothing of the operators.
    """

    difference: Dim
    operators: tuple[str, ...]
    rule: str
    instead_of: str
    why: str


class Bridge(NamedTuple):
    """From one convention's figure to another's: start + the sum of the terms = end."""

    start: Dim
    terms: tuple[Term, ...]
    end: Dim


def to_figure(counted: Counted, figure: str) -> Bridge:
    """From plain multiply-adds to a convention's figure."""
    found: dict[tuple[str, str, str], list[tuple[str, Dim]]] = {}
    for cost in counted.layers:
        why = cost.rule.why if cost.rule is not None else ""
        key = _expression(cost.rule, figure), "mult_adds", why
        difference = cost.figures[figure] - cost.layer.mult_adds
        found.setdefault(key, []).append((cost.layer.op, difference))
    start = sum(cost.layer.mult_adds for cost in counted.layers)
    return Bridge(start, _terms(found), counted.figures[figure])


def between(first: Counted, second: Counted) -> Bridge:
    """From one convention's headline to another's. Raises `CostcalcError` where one has none."""
    for counted in (first, second):
        if not counted.convention.headline:
            raise CostcalcError(f"{counted.convention.key} prints params alone: no cost to bridge")
    a, b = first.convention.headline, second.convention.headline
    found: dict[tuple[str, str, str], list[tuple[str, Dim]]] = {}
    for one, other in zip(first.layers, second.layers, strict=True):
        key = _expression(other.rule, b), _expression(one.rule, a), _why(other, one)
        found.setdefault(key, []).append((one.layer.op, other.figures[b] - one.figures[a]))
    return Bridge(first.figures[a], _terms(found), second.figures[b])


def _why(other: LayerCost, one: LayerCost) -> str:
    rule = other.rule if other.rule is not None else one.rule
    if rule is None:
        return ""
    return rule.why if rule is other.rule else f"not: {rule.why}"


def _expression(rule: Rule | None, figure: str) -> str:
    if rule is None or figure not in rule.costs:
        return ""
    return rule.costs[figure].text


def _terms(found: Mapping[tuple[str, str, str], list[tuple[str, Dim]]]) -> tuple[Term, ...]:
    """One term a pair of rules, those that change nothing left out, the largest first."""
    terms = []
    for (rule, instead_of, why), parts in found.items():
        difference = sum(amount for _, amount in parts)
        if difference != 0:
            operators = tuple(dict.fromkeys(op for op, amount in parts if amount))
            exact = as_whole(difference) if is_whole(difference) else difference
            terms.append(Term(exact, operators, rule, instead_of, why))
    return tuple(sorted(terms, key=lambda term: -abs(term.difference)))
