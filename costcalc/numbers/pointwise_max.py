"""The largest of several numbers over axes at every point: a peak, of what lives at each step."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

import numpy as np

from costcalc.numbers.arrays import Ints, Selection
from costcalc.numbers.factor import INT64, Axes, Known
from costcalc.numbers.factored import AxisSpace, FactoredArray

COMPARED = 32
"""So many of the largest numbers are looked at to find out that another one is nowhere larger."""


class PointwiseMax:
    """The largest of several numbers at every point of their space, kept as these."""

    __slots__ = ("numbers",)

    def __init__(self, numbers: Sequence[FactoredArray]) -> None:
        self.numbers = list(numbers)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.numbers[0].sizes

    @property
    def held(self) -> int:
        """How many values the factors of all have."""
        return sum(number.held for number in self.numbers)

    def gathered(self) -> PointwiseMax:
        """The same in fewer numbers and terms: without those that are nowhere the largest."""
        least = max(number.range[0] for number in self.numbers)
        possible = [number for number in self.numbers if number.range[1] >= least]
        different = {number.identity: number for number in possible}
        alike: dict[Axes, list[FactoredArray]] = {}
        for number in different.values():
            alike.setdefault(number.axes(), []).append(number)
        few = [one for axes, numbers in alike.items() for one in _largest(axes, numbers)]
        return PointwiseMax([number.gathered() for number in few])

    def moved(self, space: AxisSpace) -> PointwiseMax:
        """The same over another space of the same sizes."""
        return PointwiseMax([number.moved(space) for number in self.numbers])

    def cut(self, prefix: Sequence[int], start: int, stop: int) -> PointwiseMax:
        """The part of `FactoredArray.cut`."""
        return PointwiseMax([number.cut(prefix, start, stop) for number in self.numbers])

    def dense(self) -> Ints:
        """The value at every point. Raises `Overflow` for what does not fit."""
        return functools.reduce(np.maximum, (number.dense() for number in self.numbers))

    def at(self, points: Sequence[Selection], count: int, known: Known) -> Ints:
        """The values at so many points, as `FactoredArray.at` has them."""
        every = (number.at(points, count, known) for number in self.numbers)
        return functools.reduce(np.maximum, every)


def _largest(axes: Axes, numbers: list[FactoredArray]) -> list[FactoredArray]:
    """Those of some numbers of the same axes that may be the largest somewhere, of one axis one."""
    space = numbers[0].space
    bounded = all(number.bound <= INT64 // 4 for number in numbers)  # differences fit, too
    if len(numbers) == 1 or not bounded:
        return numbers
    if len(axes) == 1:
        largest = functools.reduce(np.maximum, (number.spread(axes) for number in numbers))
        return [space.axis(axes[0], largest)]
    single = all(len(group) == 1 for number in numbers for _, fs in number.terms for group in fs)
    if len(axes) != 2 or not single:
        return numbers
    sides = [_functions(numbers, axis) for axis in axes]
    across, functions = min(enumerate(sides), key=lambda side: len(side[1]))
    if any((values < 0).any() for values in functions.values()):
        return numbers
    return list(_undominated(numbers, axes[1 - across], axes[across], functions))


def _functions(numbers: Sequence[FactoredArray], axis: int) -> dict[bytes, Ints]:
    """The different functions of an axis that terms of numbers have, 1 among them."""
    one = np.ones(numbers[0].sizes[axis], dtype=np.int64)
    found = {one.tobytes(): one}
    for number in numbers:
        for _, factors in number.terms:
            if (axis,) in factors:
                values = factors[axis,].int64
                found.setdefault(values.tobytes(), values)
    return found


def _undominated(
    numbers: Sequence[FactoredArray], along: int, across: int, functions: dict[bytes, Ints]
) -> Iterator[FactoredArray]:
    """The numbers but for those that another one is nowhere smaller than.

    Each is the sum of functions across, none of them negative, times coefficients along the other
    axis. Where no coefficient of a difference is negative, it is not; where the functions are in
    order, the largest first, no sum of the first coefficients needs to be (Abel's summation).
    """
    keys = sorted(functions, key=lambda key: -int(functions[key].astype(object).sum()))
    basis = np.array([functions[key] for key in keys])
    places = {key: place for place, key in enumerate(keys)}
    one = np.ones(basis.shape[1], dtype=np.int64).tobytes()
    coefficients = np.zeros((len(numbers), len(keys), numbers[0].sizes[along]), dtype=np.int64)
    for index, number in enumerate(numbers):
        for c, factors in number.terms:
            key = factors[across,].int64.tobytes() if (across,) in factors else one
            values = factors[along,].int64 if (along,) in factors else 1
            coefficients[index, places[key]] += c * values
    weights = basis.astype(np.float64).mean(axis=1)[:, None]
    order = np.argsort(-(coefficients * weights).sum(axis=(1, 2)), kind="stable")
    if (basis[:-1] >= basis[1:]).all():
        coefficients = np.cumsum(coefficients, axis=1)
    kept: list[int] = []
    for index in order.tolist():
        mine = coefficients[index]
        if not any((coefficients[other] >= mine).all() for other in kept[:COMPARED]):
            kept.append(index)
            yield numbers[index]
