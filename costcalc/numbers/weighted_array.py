"""Sums of whole numbers over axes, each times a coefficient (`weighted` has the same of one)."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from costcalc.numbers.arrays import Selection, Stretch
from costcalc.numbers.at_points import Taken
from costcalc.numbers.column import Column
from costcalc.numbers.factored import FactoredArray
from costcalc.numbers.weighted import DECIMALS

Part = tuple[float, FactoredArray]


class WeightedSum:
    """Coefficients times numbers at every point of their space, kept as these."""

    __slots__ = ("parts",)

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = list(parts)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The lengths of the axes."""
        return self.parts[0][1].sizes

    @property
    def held(self) -> int:
        """How many values the factors of all have."""
        return sum(number.held for _, number in self.parts)

    def _each(self, function: Callable[[FactoredArray], FactoredArray]) -> WeightedSum:
        return WeightedSum([(each, function(number)) for each, number in self.parts])

    def gathered(self) -> WeightedSum:
        """The same in fewer terms."""
        return self._each(FactoredArray.gathered)

    def cut(self, stretches: Sequence[Stretch]) -> WeightedSum:
        """The part of `FactoredArray.cut`."""
        return self._each(lambda number: number.cut(stretches))

    def dense(self) -> npt.NDArray[np.float64]:
        """The value at every point. Raises `Overflow` for a count that does not fit."""
        return self._added(*(number.dense() for _, number in self.parts))

    def column(self, points: Sequence[Selection], count: int, taken: Taken) -> Column:
        """The values at so many points, as `FactoredArray.column` has them."""
        every = [number.column(points, count, taken) for _, number in self.parts]
        return Column(self._added, every, count)

    def _added(self, *numbers: Any) -> npt.NDArray[np.float64]:
        products = [
            each * np.asarray(values, np.float64)
            for (each, _), values in zip(self.parts, numbers, strict=True)
        ]
        total: Any = functools.reduce(operator.add, products)
        return np.rint(total * 10.0**DECIMALS) / 10.0**DECIMALS  # type: ignore[no-any-return]
