"""What is computed over a mesh of axes: once, and with the points that are yet to be decided."""

from __future__ import annotations

import contextlib
import functools
import gc
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np

from costcalc.numbers.arrays import Truths
from costcalc.numbers.column import Column, computed
from costcalc.numbers.factor import Axes

MOST_VALUES = 1 << 20
"""The most values of a factor that depends on several axes."""


class TooManyAxes(Exception):
    """A function of several axes at once, with too many values to hold; `axes` are they."""

    def __init__(self, axes: Axes) -> None:
        super().__init__(f"a function of {len(axes)} axes")
        self.axes = axes


class Workspace:
    """The axes of a mesh by their lengths, and what has been computed over them already.

    A network computes the same width for every layer of a stage: it is looked up again.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self.sizes = tuple(sizes)
        self._doubts: dict[int, list[Column]] = {}
        self._known: dict[Any, tuple[Any, Any]] = {}

    def doubt(self, axis: int, points: Column) -> None:
        """Note points along an axis that are not decided for certain, as truth values."""
        self._doubts.setdefault(axis, []).append(points)

    @property
    def doubtful(self) -> dict[int, Truths]:
        """The points along each axis that floating point could not decide, where there are any."""
        found = {
            axis: computed([Column(_any, columns, self.sizes[axis])], self.sizes[axis])[0]
            for axis, columns in self._doubts.items()
        }
        return {axis: points for axis, points in found.items() if points.any()}

    def require_narrow(self, axes: Axes) -> None:
        """Raise `TooManyAxes` for a function of several axes that has too many values."""
        if len(axes) > 1 and math.prod(self.sizes[axis] for axis in axes) > MOST_VALUES:
            raise TooManyAxes(axes)

    def once(self, key: Any, operands: Any, compute: Callable[[], Any]) -> Any:
        """Memoise: keys name arrays by their ids, which stay valid as long as `operands` lives."""
        if key not in self._known:
            self._known[key] = compute(), operands
        return self._known[key][0]

    @contextlib.contextmanager
    def in_use(self) -> Iterator[Self]:
        """While one counts over it. What was computed on the way is let go of at the end: it holds
        the space, and would stay until Python looks for cycles. Until then all of it is in use, so
        that to look for cycles again and again would find none: a quarter of the time."""
        collecting = gc.isenabled()
        gc.disable()
        try:
            yield self
        finally:
            self._known.clear()
            if collecting:
                gc.enable()


def _any(*truths: Truths) -> Truths:
    return functools.reduce(np.logical_or, truths)
