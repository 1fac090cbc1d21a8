"""Spaces of configurations: what each hyperparameter may be, in the order given.

An axis is a hyperparameter, or one place of a list: `k[3]`, where each place has values of its
own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from costcalc.errors import CostcalcError, suggest
from costcalc.language.model import Hyperparameter, Spec, Value
from costcalc.language.settings import read_value, settle

POINTS = 10_000_000
"""The most values along one axis."""
Axes = Mapping[str, Sequence[Value]]

_PLACE = re.compile(r"(\w+)\[(\d+)\]")
_RANGE = re.compile(r"(-?[\d.]+):(-?[\d.]+)(?::(-?[\d.]+))?")
_COMMA = re.compile(r",(?![^\[]*\])")


class Space(NamedTuple):
    """One network and what its hyperparameters may be, in the order given."""

    spec: Spec
    axes: Axes

    @property
    def points(self) -> int:
        """How many configurations there are."""
        return math.prod(len(values) for values in self.axes.values())

    @property
    def names(self) -> list[str]:
        """The hyperparameters that vary or are given, in the order of the axes."""
        return list(dict.fromkeys(split_place(axis)[0] for axis in self.axes))


def split_place(axis: str) -> tuple[str, int | None]:
    """The hyperparameter of an axis, and for a place of a list its index, from 0."""
    match = _PLACE.fullmatch(axis)
    return (match[1], int(match[2]) - 1) if match else (axis, None)


def settings(spec: Spec, values: Mapping[str, Value]) -> dict[str, Value]:
    """Every hyperparameter's value where the axes have these: places are put into their lists.

    Raises `CostcalcError` for a value that does not suit.
    """
    given: dict[str, Any] = {}
    places: dict[str, dict[int, Value]] = {}
    for axis, value in values.items():
        name, place = split_place(axis)
        if place is None:
            given[name] = value
        else:
            places.setdefault(name, {})[place] = value
    for name, by_place in places.items():
        length = spec.hyperparameters[name].length or 0
        given[name] = tuple(by_place[place] for place in range(length))
    return settle(spec, given)


def read_axes(parameter: Hyperparameter, text: str) -> dict[str, list[Value]]:
    """The axes of one hyperparameter: `0.25:1:0.25` (both ends included), `128,160`, `all`.

    Of a list `3,5` is what each place may be, an axis for each; `[3,5,3],[5,5,5]` are lists.
    Raises `CostcalcError` for what is none of these, or a value that does not suit.
    """
    if parameter.length is None:
        return {parameter.name: _values(parameter, text)}
    if text.lstrip().startswith("["):
        lists = [read_value(parameter, part) for part in _COMMA.split(text)]
        return {parameter.name: _distinct(parameter, lists)}
    one = parameter.one_place()
    values = _values(one, text)
    if len(values) == 1:
        return {parameter.name: [(values[0],) * parameter.length]}  # type: ignore[list-item]
    return {f"{parameter.name}[{place + 1}]": values for place in range(parameter.length)}


def _values(parameter: Hyperparameter, text: str) -> list[Value]:
    if text == "all":
        if parameter.kind == "boolean":
            return [False, True]
        if not parameter.choices:
            raise CostcalcError(f"{parameter.name} has no choices to take all of; give a range")
        return list(parameter.choices)
    values: list[Value] = []
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        values += _range(parameter, *match.groups()) if match else [read_value(parameter, part)]
    return _distinct(parameter, values)


def given_axes(parameter: Hyperparameter, values: Any) -> dict[str, list[Value]]:
    """The axes a library call gives: text as on the command line, one value, or a sequence.

    Of a list a flat sequence is one value, a sequence of sequences several.
    """
    if isinstance(values, str):
        return read_axes(parameter, values)
    if not hasattr(values, "__iter__"):
        return {parameter.name: [read_value(parameter, values)]}
    listed = list(values)
    if parameter.length is not None and not any(hasattr(one, "__iter__") for one in listed):
        listed = [listed]
    return {parameter.name: _distinct(parameter, [read_value(parameter, one) for one in listed])}


def library_space(spec: Spec, hyperparameters: Mapping[str, Any]) -> Space:
    """The space of a library call's keyword arguments. Raises `CostcalcError`."""
    axes: dict[str, list[Value]] = {}
    for name, values in hyperparameters.items():
        if name not in spec.hyperparameters:
            hint = suggest(name, spec.hyperparameters, "hyperparameters")
            raise CostcalcError(f"{spec.key} has no hyperparameter '{name}'\n{hint}")
        axes |= given_axes(spec.hyperparameters[name], values)
    return Space(spec, axes)


def _range(parameter: Hyperparameter, first: str, last: str, step: str | None) -> list[Value]:
    start, stop, by = (_exact(parameter, text) for text in (first, last, step or "1"))
    if by <= 0 or stop < start:
        raise CostcalcError(f"{parameter.name}: {first}:{last}:{step or 1} runs nowhere")
    count = math.floor((stop - start) / by) + 1
    if count > POINTS:
        raise CostcalcError(f"{parameter.name}: {count:,} values; the limit is {POINTS:,}")
    common = math.lcm(start.denominator, by.denominator)
    first_, step_ = int(start * common), int(by * common)
    numerators = range(first_, first_ + count * step_, step_)
    whole = parameter.kind == "integer" and (first_ % common or step_ % common)
    if whole or parameter.choices or parameter.kind == "word":
        return [read_value(parameter, Fraction(n, common)) for n in numerators]
    for end in (numerators[0], numerators[-1]):  # what suits at both ends does so between them
        read_value(parameter, Fraction(end, common))
    return [n // common if n % common == 0 else Fraction(n, common) for n in numerators]


def _exact(parameter: Hyperparameter, text: str) -> Fraction:
    try:
        return Fraction(text)
    except ValueError:
        raise CostcalcError(f"{parameter.name}: '{text}' is no number") from None


def _distinct(parameter: Hyperparameter, values: list[Value]) -> list[Value]:
    if not values:
        raise CostcalcError(f"{parameter.name} has no values")
    if len(set(values)) < len(values):
        raise CostcalcError(f"{parameter.name} has a value twice")
    return values


def is_size(values: Sequence[Value]) -> bool:
    """Whether the values are numbers, which may pass through the formulas as an array."""
    return all(isinstance(v, int | Fraction) and not isinstance(v, bool) for v in values)


def deciding(spec: Spec, axes: Axes) -> set[str]:
    """The axes that make slices by themselves: words, truth values and whole lists, and what
    decides the defaults of others that are not given."""
    words = {name for name, values in axes.items() if not is_size(values)}
    given = {split_place(axis)[0] for axis in axes}
    by = {p.by for p in spec.hyperparameters.values() if p.name not in given}
    return words | (by & set(axes))
