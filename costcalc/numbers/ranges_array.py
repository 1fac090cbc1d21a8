"""Whether any of several numbers over axes lies outside of the range it should be in."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from costcalc.numbers.arrays import Selection, Stretch, Truths
from costcalc.numbers.factor import Known
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
        return self._found(lambda number: number.dense())

    def at(self, points: Sequence[Selection], count: int, known: Known) -> Truths:
        """The truths at so many points, as `FactoredArray.at` has them."""
        return self._found(lambda number: number.at(points, count, known))

    def _found(self, values: Callable[[FactoredArray], Any]) -> Truths:
        found = [_outside(least, most, values(number)) for least, most, number in self.parts]
        return functools.reduce(np.logical_or, found, np.asarray(self.everywhere))


def _outside(least: int, most: int, values: Any) -> Any:
    return (values < least) | (values > most)
