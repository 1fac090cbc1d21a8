"""Axes of the page's charts: where a value lies, and which values are written beside them."""

from __future__ import annotations

import math

from costcalc.records import NamedTuple

_PREFIXES = ((10**15, "P"), (10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k"))
_DECADES = 8
"""The most powers of ten that are written along an axis."""


class Logarithmic(NamedTuple):
    """An axis of whole powers of ten, from `low` to `high`, drawn from `start` to `end`."""

    low: int
    high: int
    start: float
    end: float

    @classmethod
    def around(cls, least: float, most: float, start: float, end: float) -> Logarithmic:
        """The axis that holds positive values of this range."""
        low, high = math.floor(math.log10(least)), math.ceil(math.log10(most))
        return cls(low, max(high, low + 1), start, end)

    def place(self, value: float) -> float:
        """Where a value is drawn."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Powers of ten, every so many of them."""
        step = -(-(self.high - self.low) // _DECADES)
        return [10.0**power for power in range(self.low, self.high + 1, step)]


def steps(most: int, count: int = 4) -> list[int]:
    """Whole round values from 0 up to `most`, about so many.

    >>> steps(4_800_000), steps(3)
    ([0, 1000000, 2000000, 3000000, 4000000], [0, 1, 2, 3])
    """
    if most < 1:
        return [0]
    power = 10 ** max(0, math.floor(math.log10(most / count)))
    by = next((n * power for n in (1, 2, 5) if n * power * (count + 1) > most), 10 * power)
    return list(range(0, most + 1, by))


def short(value: float) -> str:
    """A number beside an axis: 2.5 M, 400 G, 0.01.

    >>> short(2_500_000), short(0.01), short(4e11)
    ('2.5 M', '0.01', '400 G')
    """
    for scale, prefix in _PREFIXES:
        if abs(value) >= scale:
            return f"{value / scale:.4g} {prefix}"
    return f"{value:.4g}"
