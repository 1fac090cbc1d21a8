"""What grows in a fit: the hyperparameter that is named, or the network's width."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError, suggest
from costcalc.graph.model import Layer
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.spec import Spec
from costcalc.network import Network
from costcalc.search.candidates import has_order
from costcalc.sweeps.space import settings


def growing(
    spec: Spec, given: Mapping[str, Sequence[Value]], grow: str | None = None
) -> Hyperparameter:
    """The hyperparameter that grows: the one named, or the network's width.

    That is the first width multiplier that is not given; of a network without any, the integer
    that widens most of its layers.

    Args:
        spec: The network.
        given: The values of what does not grow, by axis.
        grow: The name of what grows.

    Raises:
        CostcalcError: There is none, it has no order, or it is given.
    """
    numeric = [p.name for p in spec.hyperparameters.values() if has_order(p)]
    free = ", ".join(name for name in numeric if name not in given) or "none is left"
    if grow is not None:
        if grow not in spec.hyperparameters:
            hint = suggest(grow, numeric, "hyperparameters with an order")
            raise CostcalcError(f"{spec.key} has no hyperparameter '{grow}'\n{hint}")
        if grow not in numeric:
            raise CostcalcError(f"{grow} of {spec.key} has no largest value\nthese have: {free}")
        if grow in given:
            raise CostcalcError(f"{grow} is to be found: it cannot be given too")
        return spec.hyperparameters[grow]
    factors = [p for p in spec.hyperparameters.values() if is_factor(p)]
    if factors:
        for parameter in factors:
            if parameter.name not in given:
                return parameter
        taken = " and ".join(parameter.name for parameter in factors)
        lack = f"{spec.key} has no width multiplier but {taken}, given already"
    else:
        found = width(spec, given)
        if found is not None:
            return found
        lack = f"{spec.key} has no width multiplier, and no integer that is the width of its layers"
    raise CostcalcError(f"{lack}\nsay what grows with --grow: {free}")


def is_factor(parameter: Hyperparameter) -> bool:
    """Whether it multiplies something, as a width multiplier does.

    Such is a decimal of 1 or more that may be half or twice as much. Shares (a squeeze ratio, a
    compression) are less than 1, and the version of a network cannot be doubled. One that follows
    another grows with it.
    """
    default = parameter.default
    if parameter.follows or not has_order(parameter) or parameter.kind != "decimal":
        return False
    assert isinstance(default, int | Fraction)
    if default < 1:
        return False
    allowed = [choice for choice in parameter.choices if isinstance(choice, int | Fraction)]
    low = min(allowed) if allowed else parameter.min
    high = max(allowed) if allowed else parameter.max
    return low is None or high is None or 2 * low <= default or high >= 2 * default


def width(spec: Spec, given: Mapping[str, Sequence[Value]]) -> Hyperparameter | None:
    """The integer that widens at least half of the layers with weights, the most of all; or none.

    A layer is widened where more channels come into it, so that the number of classes is no width,
    and nothing else changes: not which layers there are (a depth), nor their sizes (a resolution).
    """
    first = {axis: values[0] for axis, values in given.items()}
    try:
        layers = _weighted(spec, first)
    except CostcalcError:  # the first of what is given need be no network
        return None
    best, most = None, max(1, (len(layers) + 1) // 2) - 1
    for parameter in spec.hyperparameters.values():
        if parameter.kind == "integer" and has_order(parameter) and parameter.name not in given:
            count = max((_widened(layers, spec, first, v) for v in _others(parameter)), default=0)
            if count > most:
                best, most = parameter, count
    return best


def _others(parameter: Hyperparameter) -> Iterator[dict[str, Value]]:
    """Settings with a larger value: another choice, or twice the default, or what is allowed."""
    default = parameter.default
    assert isinstance(default, int | Fraction)
    larger: list[Any] = [2 * default, *filter(None, [parameter.max])]
    if parameter.choices:
        larger = sorted(choice for choice in parameter.choices if isinstance(choice, int))
    for value in larger:
        if value > default and (parameter.max is None or value <= parameter.max):
            yield {parameter.name: value}


def _weighted(spec: Spec, given: Mapping[str, Value]) -> list[Layer]:
    return [one for one in Network(spec, settings(spec, given)).layers if one.facts.weights]


def _widened(
    layers: Sequence[Layer], spec: Spec, given: Mapping[str, Value], other: Mapping[str, Value]
) -> int:
    """How many layers get more channels under another setting; 0 where anything else changes."""
    try:
        others = _weighted(spec, {**given, **other})
    except CostcalcError:
        return 0
    pairs = list(zip(layers, others, strict=False))
    same = len(layers) == len(others) and all(_place(a) == _place(b) for a, b in pairs)
    more = [b.input_shapes[0].c - a.input_shapes[0].c for a, b in pairs]
    return sum(one > 0 for one in more) if same and min(more, default=0) >= 0 else 0


def _place(layer: Layer) -> tuple[Any, ...]:
    """What is not the width of a layer: its name, operator, map and all its columns but `out`."""
    columns = {name: value for name, value in layer.arguments.items() if name != "out"}
    return layer.name, layer.op, layer.output.h, layer.output.w, columns
