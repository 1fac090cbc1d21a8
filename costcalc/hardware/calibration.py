"""Calibration: what was measured becomes a device's coefficients, with their error.

Coefficients minimise the squares of the relative errors, and none is negative: no work takes time
away. How good they are is told by networks they were not made of: each is predicted from the other
families alone, since siblings tell each other's time.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from costcalc.errors import CostcalcError
from costcalc.hardware.least_squares import non_negative
from costcalc.hardware.sums import Sum, load_sums
from costcalc.hardware.timing import Batches, Coefficient, Error, Timing
from costcalc.records import NamedTuple

LEAST = 5
"""Fewer networks than this say nothing of one that was not measured."""
DIGITS = 6
"""Significant digits of a coefficient: more than any measurement has."""
STANDS_OUT = 3
"""A family whose error is so many times the mean is told of."""
TOLD = 5
"""So many of them."""


class Measurement(NamedTuple):
    """What a run of `batch` examples of a network took, and the network's sums for one example."""

    network: str
    family: str
    milliseconds: float
    batch: int
    sums: Mapping[str, int]
    mult_adds: int


class Fitted(NamedTuple):
    """A sum with its coefficient (0: it was not kept) and its part in the times measured.

    `without` is the mean error on what was left out if the sum were not there.
    """

    sum: Sum
    coefficient: Coefficient
    share: float
    without: float

    @property
    def kept(self) -> bool:
        """Whether it has a coefficient."""
        return self.coefficient.milliseconds > 0


class Outlier(NamedTuple):
    """A network that is far from its prediction, by which share, and what may be why."""

    network: str
    error: float
    why: str


class Calibration(NamedTuple):
    """Measurements, and what they say of a device.

    `predicted` and `alone` are milliseconds for each measurement, made from the others (see
    `left_out`, "family" or "network"): by the sums, and by Mult-Adds alone.
    """

    measurements: list[Measurement]
    left_out: str
    sums: list[Fitted]
    predicted: list[float]
    alone: list[float]

    @property
    def families(self) -> list[str]:
        """The families measured, in order of appearance."""
        return list(dict.fromkeys(one.family for one in self.measurements))

    @property
    def measured(self) -> list[float]:
        """The milliseconds measured."""
        return [one.milliseconds for one in self.measurements]

    @property
    def error(self) -> Error:
        """How far the predictions are off."""
        return _error(self.measured, self.predicted)

    @property
    def mult_adds_alone(self) -> Error:
        """How far those by Mult-Adds alone are off."""
        return _error(self.measured, self.alone)

    @property
    def rank_correlation(self) -> float:
        """How well predictions order networks: 1 if as they were measured."""
        return rank_correlation(self.measured, self.predicted)

    @property
    def batches(self) -> Batches:
        """The batches measured."""
        counted = Counter(one.batch for one in self.measurements)
        usual = max(counted, key=lambda batch: (counted[batch], batch))
        return Batches(usual, min(counted), max(counted))

    def timing(
        self, source: str, runtime: str = "", dtype: str = "fp32", layout: str = ""
    ) -> Timing:
        """What goes into a device's file, with its provenance."""
        return Timing(
            source=source,
            runtime=runtime,
            dtype=dtype,
            layout=layout,
            batches=self.batches,
            networks=len(self.measurements),
            families=self._members(),
            error=Error(*(round(value, 4) for value in self.error)),
            rank_correlation=round(self.rank_correlation, 4),
            coefficients={one.sum.name: one.coefficient for one in self.sums if one.kept},
        )

    def _members(self) -> dict[str, tuple[str, ...]]:
        """The networks of each family, by the names of their specs."""
        found: dict[str, dict[str, None]] = {}
        for one in self.measurements:
            found.setdefault(one.family, {})[one.network.partition(":")[0]] = None
        return {family: tuple(members) for family, members in found.items()}

    def outliers(self) -> list[Outlier]:
        """The worst network of each family that stands out, and a guess why."""
        limit = STANDS_OUT * self.error.mean
        worst: dict[str, tuple[float, int]] = {}
        for number, one in enumerate(self.measurements):
            error = self.predicted[number] / one.milliseconds - 1
            if abs(error) > max(limit, abs(worst.get(one.family, (0.0, 0))[0])):
                worst[one.family] = error, number
        found = sorted(worst.values(), key=lambda item: -abs(item[0]))[:TOLD]
        return [
            Outlier(self.measurements[number].network, error, self._guess(number, error))
            for error, number in found
        ]

    def _guess(self, number: int, error: float) -> str:
        """What the network has more of than any other, or what it consists of most unusually."""
        own = self.measurements[number]
        others = [m for m in self.measurements if m.family != own.family] or self.measurements
        for fitted in self.sums:
            name = fitted.sum.name
            most = max(other.sums[name] for other in others)
            if own.sums[name] > most:
                times = f"{own.sums[name] / most:.3g}x as" if most else "no"
                words = name.replace("_", " ")
                many = f"{times} many {words} as" if most else f"{words}, which none of"
                return f"it has {many} the other families{' have' if not most else ''}"
        excess, part, name = max(
            (self._share(own, f) - statistics.fmean(self._share(o, f) for o in others),
             self._share(own, f), f.sum.name)
            for f in self.sums
        )  # fmt: skip
        words = name.replace("_", " ")
        usual = part - excess
        than = "faster" if error > 0 else "slower"
        return (
            f"{words} make up {part * 100:.0f} % of its prediction, {usual * 100:.0f} % of others':"
            f" they may be {than} here"
        )

    def _share(self, one: Measurement, fitted: Fitted) -> float:
        def of(f: Fitted) -> float:
            return f.coefficient.milliseconds * f.sum.times(one.batch) * one.sums[f.sum.name]

        whole = sum(of(f) for f in self.sums)
        return of(fitted) / whole if whole else 0.0


def calibrate(measurements: Sequence[Measurement]) -> Calibration:
    """Fit coefficients to measurements, and see what they say of networks left out.

    Deterministic. Every sum is offered; which one is kept is decided by the measurements, and what
    each is worth is told by the error without it on what was left out. Dropping more, device by
    device, was tried: it makes predictions of families not seen worse.

    Args:
        measurements: Networks, best of many families.

    Returns:
        Coefficients and errors.

    Raises:
        CostcalcError: There are too few, or they do not differ: it says what is missing.
    """
    _require_enough(measurements)
    sums = list(load_sums().by_name.values())
    times = np.array([one.milliseconds for one in measurements])
    matrix = np.array(
        [[float(one.sums[s.name] * s.times(one.batch)) for s in sums] for one in measurements]
    )
    alone = np.array([[float(one.mult_adds * one.batch)] for one in measurements])
    families = {one.family for one in measurements}
    left_out = "family" if len(families) > 1 else "network"
    # measured twice, a network is one: it must not tell its own time
    keys: list[Any] = [
        one.family if left_out == "family" else tuple(one.sums.values()) for one in measurements
    ]
    groups = np.array([keys.index(key) for key in keys])
    relative = matrix / times[:, None]
    predicted = _predicted(relative, groups)
    coefficients = _rounded(non_negative(relative, np.ones(len(times))))
    shares = _shares(relative * coefficients)
    fitted = []
    for number, one in enumerate(sums):
        rest = np.delete(relative, number, axis=1)
        without = float(np.abs(_predicted(rest, groups) - 1).mean())
        counts = [m.sums[one.name] for m in measurements]
        coefficient = Coefficient(float(coefficients[number]), min(counts), max(counts))
        fitted.append(Fitted(one, coefficient, float(shares[number]), without))
    return Calibration(
        list(measurements),
        left_out,
        fitted,
        (predicted * times).tolist(),
        (_predicted(alone / times[:, None], groups) * times).tolist(),
    )


def _predicted(relative: npt.NDArray[np.float64], groups: Any) -> npt.NDArray[np.float64]:
    """Each row's prediction as a share of its time, from the rows of the other groups."""
    found = np.empty(len(relative))
    for group in np.unique(groups):
        inside = groups == group
        rest = relative[~inside]
        found[inside] = relative[inside] @ non_negative(rest, np.ones(len(rest)))
    return found


def _shares(parts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    whole = parts.sum(axis=1, keepdims=True)
    return np.divide(parts, whole, where=whole > 0, out=np.zeros_like(parts)).mean(axis=0)  # type: ignore[no-any-return]


def _rounded(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What a device's file will hold: predictions made now and from the file are the same."""
    return np.array([float(f"{value:.{DIGITS}g}") for value in values])


def _error(measured: Sequence[float], predicted: Sequence[float]) -> Error:
    off = [abs(p / m - 1) for m, p in zip(measured, predicted, strict=True)]
    return Error(statistics.fmean(off), statistics.median(off), max(off))


def _require_enough(measurements: Sequence[Measurement]) -> None:
    distinct = {tuple(one.sums.values()) for one in measurements}
    if len(distinct) < LEAST:
        several = len(measurements) > len(distinct)
        beside = f" (measured {len(measurements)} times)" if several else ""
        raise CostcalcError(
            f"{len(distinct)} network{'s' if len(distinct) != 1 else ''}{beside} to calibrate with;"
            f" at least {LEAST} different ones are needed\n"
            "measure other networks, or the same at other widths and resolutions"
        )
    rows = np.array([[float(value) for value in one] for one in sorted(distinct)])
    rows = rows / np.maximum(rows.max(axis=0), 1)
    if np.linalg.matrix_rank(rows / np.linalg.norm(rows, axis=1, keepdims=True)) < 2:
        raise CostcalcError(
            "the networks measured differ in size alone: every sum grows with every other\n"
            "measure networks of other kinds: with depthwise convolutions and without, wide and"
            " deep ones"
        )


def rank_correlation(ones: Sequence[float], others: Sequence[float]) -> float:
    """Spearman's: the correlation of ranks, of equal values their mean; 0 where there is none.

    >>> rank_correlation([1, 2, 3], [10, 30, 20])
    0.5
    """

    def ranks(values: Sequence[float]) -> Any:
        _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
        ends = np.cumsum(counts)
        return (ends - (counts - 1) / 2)[inverse]

    a, b = ranks(ones), ranks(others)
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread else 0.0
