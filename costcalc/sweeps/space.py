"""Spaces of configurations: what each hyperparameter may be, in the order given.

An axis is a hyperparameter, or one index of a list, counted from 1: `k[3]`. Each index has values
of its own.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError, suggest
from costcalc.language import limits
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.numerals import read_number
from costcalc.language.references import split_at_commas
from costcalc.language.settings import read_value, settle
from costcalc.language.spec import Spec
from costcalc.numbers.arrays import Array
from costcalc.sweeps.axis import Numbers, Values, as_printed, as_values, numbers_of

LISTED = 10_000_000
"""The most values along one axis that are listed one by one."""
Axes = Mapping[str, Sequence[Value]]

_INDEXED = re.compile(r"(\w+)\[(\d+)\]")


class Space:
    """One network and what its hyperparameters may be."""

    def __init__(self, spec: Spec, axes: Axes) -> None:
        self.spec = spec
        self.axes: dict[str, Values] = {name: as_values(values) for name, values in axes.items()}

    @property
    def points(self) -> int:
        """How many configurations there are."""
        return math.prod(len(values) for values in self.axes.values())

    @property
    def names(self) -> list[str]:
        """The hyperparameters that vary or are given, in the order of the axes."""
        return list(dict.fromkeys(split_index(axis)[0] for axis in self.axes))


def split_index(axis: str) -> tuple[str, int | None]:
    """The hyperparameter of an axis, and of a list the index, from 0."""
    match = _INDEXED.fullmatch(axis)
    return (match[1], int(match[2]) - 1) if match else (axis, None)


def indexed(parameter: Hyperparameter) -> list[str]:
    """The axes of a list, one an index."""
    return [f"{parameter.name}[{index + 1}]" for index in range(parameter.length or 0)]


def settings(spec: Spec, values: Mapping[str, Value]) -> dict[str, Value]:
    """Every hyperparameter's value where the axes have these: indices are put into their lists.

    Raises `CostcalcError` for a value that does not suit.
    """
    return settle(spec, in_lists(values))


def in_lists(values: Mapping[str, Any]) -> dict[str, Any]:
    """What there is of axes by hyperparameter, that of indices in tuples."""
    found: dict[str, Any] = {}
    lists: dict[str, dict[int, Any]] = {}
    for axis, value in values.items():
        name, index = split_index(axis)
        if index is None:
            found[name] = value
        else:
            lists.setdefault(name, {})[index] = value
    return found | {name: tuple(each[i] for i in sorted(each)) for name, each in lists.items()}


def read_axes(parameter: Hyperparameter, text: str) -> dict[str, Sequence[Value]]:
    """The axes of one hyperparameter.

    Args:
        parameter: The hyperparameter.
        text: A range with both its ends (`0.25:1:0.25`), values (`128,160`), both (`1:4,8`) or
            `all` of its choices. Of a list `3,5` is what each index may be, an axis for each;
            `[3,5,3],[5,5,5]` are lists.

    Returns:
        The values of each axis; of a range they take no memory.

    Raises:
        CostcalcError: The text is none of these, or a value does not suit.
    """
    if parameter.length is None:
        return {parameter.name: _values(parameter, text)}
    if text.lstrip().startswith("["):
        lists = [read_value(parameter, part) for part in split_at_commas(text)]
        return {parameter.name: _distinct(parameter, lists)}
    values = _values(parameter.element(), text)
    if len(values) == 1:
        return {parameter.name: [(values[0],) * parameter.length]}  # type: ignore[list-item]
    return dict.fromkeys(indexed(parameter), values)


def _values(parameter: Hyperparameter, text: str) -> Sequence[Value]:
    if text == "all":
        if parameter.kind == "boolean":
            return [False, True]
        if not parameter.choices:
            raise CostcalcError(f"{parameter.name} has no choices to take all of; give a range")
        return list(parameter.choices)
    parts: list[Sequence[Value]] = []
    for part in text.split(","):
        parts.append(_range(parameter, part.strip()) or [read_value(parameter, part)])
    if len(parts) == 1:
        return parts[0]
    count = sum(map(len, parts))
    if count > LISTED:
        raise CostcalcError(f"{parameter.name}: {count:,} values; the limit is {LISTED:,}")
    return _distinct(parameter, [value for part in parts for value in part])


def given_axes(parameter: Hyperparameter, values: object) -> dict[str, Sequence[Value]]:
    """The axes a library call gives: text as on the command line, one value, or a sequence.

    Of a list a flat sequence is one value, a sequence of sequences several. Raises `CostcalcError`.
    """
    if isinstance(values, str):
        return read_axes(parameter, values)
    if not isinstance(values, Iterable) or (isinstance(values, np.ndarray) and not values.ndim):
        return {parameter.name: [read_value(parameter, values)]}
    if isinstance(values, range) and parameter.length is None and values:
        return {parameter.name: _spaced(parameter, values)}
    listed = values if isinstance(values, np.ndarray) else list(values)
    numbers = _numbers(parameter, listed)
    if numbers is not None:
        return {parameter.name: numbers}
    listed = list(listed)
    if parameter.length is not None and not any(isinstance(one, Iterable) for one in listed):
        listed = [listed]
    return {parameter.name: _distinct(parameter, [read_value(parameter, one) for one in listed])}


def _numbers(parameter: Hyperparameter, values: Array | list[object]) -> Numbers | None:
    """The different numbers of an array of numpy's, or of integers or floats in a list, all of
    which suit; None for what is looked at one by one instead."""
    if isinstance(values, list):
        if {*map(type, values)} not in ({int}, {float}):
            return None
        values = np.array(values)
    array = suiting(parameter, values)
    if array is None:
        return None
    numbers = numbers_of(array) or Numbers(array)
    return numbers if np.diff(np.sort(numbers.array)).all() else None


def suiting(parameter: Hyperparameter, values: Array) -> Array | None:
    """An array's numbers in one of int64 or float64, all of which suit; None where they are to be
    looked at one by one. Raises `CostcalcError` where one does not suit."""
    kinds = {"decimal": "iuf", "integer": "iu"}.get(parameter.kind, "")
    if parameter.length is not None or parameter.choices or values.dtype.kind not in kinds:
        return None
    if values.ndim != 1 or not len(values):
        return None
    for end in (values.min(), values.max()):  # what suits at both ends does so between them
        read_value(parameter, end)
    # in an array of its own: whose it is may write into it
    return as_printed(values).astype(np.float64 if values.dtype.kind == "f" else np.int64)


def library_space(spec: Spec, hyperparameters: Mapping[str, object]) -> Space:
    """The space of a library call's keyword arguments. Raises `CostcalcError`."""
    axes: dict[str, Sequence[Value]] = {}
    for name, values in hyperparameters.items():
        axes |= given_axes(hyperparameter(spec, name), values)
    return Space(spec, axes)


def hyperparameter(spec: Spec, name: str) -> Hyperparameter:
    """The hyperparameter of a name. Raises `CostcalcError` where there is none."""
    if name not in spec.hyperparameters:
        hint = suggest(name, spec.hyperparameters, "hyperparameters")
        raise CostcalcError(f"{spec.key} has no hyperparameter '{name}'\n{hint}")
    return spec.hyperparameters[name]


def _range(parameter: Hyperparameter, text: str) -> Sequence[Value] | None:
    """The values of a range with both its ends, None where a text is none: `0.25:1:0.25`."""
    numbers = [read_number(part.strip()) for part in text.split(":")]
    if len(numbers) not in (2, 3) or None in numbers:
        return None
    start, stop, *steps = (Fraction(number) for number in numbers if number is not None)
    by = steps[0] if steps else Fraction(1)
    if by <= 0 or stop < start:
        raise CostcalcError(f"{parameter.name}: {text} runs nowhere")
    common = math.lcm(start.denominator, by.denominator)
    numerators = range(int(start * common), math.floor(stop * common) + 1, int(by * common))
    return _spaced(parameter, numerators, common)


def _spaced(parameter: Hyperparameter, numerators: range, denominator: int = 1) -> Sequence[Value]:
    """Evenly spaced values, all of which suit. Raises `CostcalcError`."""
    count = (numerators[-1] - numerators[0]) // numerators.step + 1  # len() has a limit of its own
    if count > limits.CONFIGURATIONS:
        raise CostcalcError(
            f"{parameter.name}: {count:,} values; the limit is {limits.CONFIGURATIONS:,}"
        )
    values = Numbers(numerators, denominator)
    if parameter.choices or (parameter.kind == "integer" and values.denominator > 1):
        return [read_value(parameter, value) for value in values]
    for end in (values[0], values[-1]):  # as above
        read_value(parameter, end)
    return values


def _distinct(parameter: Hyperparameter, values: list[Value]) -> list[Value]:
    if not values:
        raise CostcalcError(f"{parameter.name} has no values")
    if len(set(values)) < len(values):
        raise CostcalcError(f"{parameter.name} has a value twice")
    return values


def left_open(spec: Spec, names: Iterable[str]) -> Iterator[Hyperparameter]:
    """The hyperparameters that none of the names, of axes and indices of lists, sets."""
    given = {split_index(name)[0] for name in names}
    return (p for p in spec.hyperparameters.values() if p.name not in given)
