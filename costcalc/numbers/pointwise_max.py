"""The largest of several numbers over axes at every point: a peak, of what lives at each step."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from costcalc.numbers.arrays import Ints, Selection, Stretch
from costcalc.numbers.at_points import Taken
from costcalc.numbers.bounds import Blocks
from costcalc.numbers.column import Column
from costcalc.numbers.factor import INT64, union
from costcalc.numbers.factored import FactoredArray

LOOKED_AT = 1 << 16
"""Bounds of terms in blocks that are computed at once: the fewer terms, the finer the blocks."""
REFERENCES = 8
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
        numbers = list({number.identity: number for number in self.numbers}.values())
        if not _small(numbers):
            least = max(number.range[0] for number in numbers)
            numbers = [number for number in numbers if number.range[1] >= least]
        if _small(numbers):
            numbers = _undominated(_possible(numbers))
        return PointwiseMax([number.gathered() for number in numbers])

    def cut(self, stretches: Sequence[Stretch]) -> PointwiseMax:
        """The part of `FactoredArray.cut`."""
        return PointwiseMax([number.cut(stretches) for number in self.numbers])

    def dense(self) -> Ints:
        """The value at every point. Raises `Overflow` for what does not fit."""
        found: Ints = _largest(*(number.dense() for number in self.numbers))
        return found

    def column(self, points: Sequence[Selection], count: int, taken: Taken) -> Column:
        """The values at so many points, as `FactoredArray.column` has them."""
        every = [number.column(points, count, taken) for number in self.numbers]
        return Column(_largest, every, count)


def _largest(*values: Any) -> Any:
    return functools.reduce(np.maximum, values)


def _small(numbers: Sequence[FactoredArray]) -> bool:
    """Whether differences of the numbers fit in 64 bits, too."""
    return all(number.bound <= INT64 // 4 for number in numbers)


def _blocks(numbers: Sequence[FactoredArray]) -> Blocks:
    """As many blocks of their mesh as can be looked at of so many numbers."""
    terms = sum(len(number.terms) + 1 for number in numbers)
    axes = union(number.axes() for number in numbers)
    return Blocks(numbers[0].sizes, axes, LOOKED_AT // terms)


def _possible(numbers: list[FactoredArray]) -> list[FactoredArray]:
    """The numbers that in some block may be as large as what another one is at least.

    Most are smaller in every one of a few blocks; the others are looked at in finer ones. The
    largest come first.
    """
    before = 0
    while len(numbers) > 1:
        blocks = _blocks(numbers)
        if blocks.count < 2 * before:
            break
        before = blocks.count
        low, high = blocks.bounds(numbers)
        possible = (high >= low.max(axis=0)).any(axis=1)
        order = np.argsort(-low.sum(axis=1, dtype=np.float64), kind="stable")
        numbers = [numbers[index] for index in order if possible[index]]
    return numbers


def _undominated(numbers: list[FactoredArray]) -> list[FactoredArray]:
    """The numbers but for those that one of the first is nowhere smaller than.

    Of a difference what both have is gone: bounds tell what those of the two do not.
    """
    kept: list[FactoredArray] = []
    while numbers and len(kept) < REFERENCES:
        largest, *numbers = numbers
        kept.append(largest)
        if numbers:
            differences = [(largest - number).gathered() for number in numbers]
            low, _ = _blocks(differences).bounds(differences)
            numbers = [numbers[index] for index in np.flatnonzero((low < 0).any(axis=1))]
    return kept + numbers
