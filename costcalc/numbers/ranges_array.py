"""Whether any of several numbers over axes lies outside of the range it should be in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from costcalc.numbers.arrays import Selection, Stretch, Truths
from costcalc.numbers.at_points import Taken
from costcalc.numbers.column import Column
from costcalc.numbers.factored import FactoredArray

Ranged = tuple[int, int, FactoredArray]
"""The least and the most that a number should be, and the number."""


class AnyOutside:
    """Ranges and numbers at every point of their space, kept as these; or outside `everywhere`."""

    __slots__ = ("everywhere", "parts")

    def __init__(self, parts: Sequence[Ranged], everywhere: bool = False) -> None:
        self.parts, self.everywhere = list(parts), everywhere

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.parts[0][2].sizes

    @property
    def held(self) -> int:
        """How many values the factors of all have."""
        return sum(number.held for _, _, number in self.parts)

    def _each(self, function: Callable[[FactoredArray], FactoredArray]) -> AnyOutside:
        parts = [(least, most, function(number)) for least, most, number in self.parts]
        return AnyOutside(parts, self.everywhere)

    def gathered(self) -> AnyOutside:
        """The same in fewer terms, without numbers that are nowhere outside (but for one)."""
        doubtful = [
            (least, most, number)
            for least, most, number in self.parts
            if not (least <= number.range[0] and number.range[1] <= most)
        ]
        few = AnyOutside(doubtful or self.parts[:1], self.everywhere)
        return few._each(FactoredArray.gathered)

    def cut(self, stretches: Sequence[Stretch]) -> AnyOutside:
        """The part of `FactoredArray.cut`."""
        return self._each(lambda number: number.cut(stretches))

    def dense(self) -> Truths:
        """The truth at every point. Raises `Overflow` for a count that does not fit."""
        return self._found(*(number.dense() for *_, number in self.parts))

    def column(self, points: Sequence[Selection], count: int, taken: Taken) -> Column:
        """The truths at so many points, as `FactoredArray.column` has them."""
        every = [number.column(points, count, taken) for *_, number in self.parts]
        return Column(self._found, every, count)

    def _found(self, *numbers: Any) -> Truths:
        each = zip(self.parts, numbers, strict=True)
        found = [(values < least) | (values > most) for (least, most, _), values in each]
        return functools.reduce(np.logical_or, found, np.asarray(self.everywhere))
