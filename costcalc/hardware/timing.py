"""Time on a device: sums over layers, each times the device's coefficient, with an error."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from costcalc.conventions.counting import LayerCost
from costcalc.frames import Framed
from costcalc.graph.model import Graph
from costcalc.hardware.sums import Sums, load_sums
from costcalc.language.numerals import whole_number
from costcalc.network import Network
from costcalc.numbers.weighted import weighted
from costcalc.records import NamedTuple

FEW_FAMILIES = 3
"""Measured on fewer families, a device says nothing sure of another one."""


class Error(NamedTuple):
    """How far predictions of what was left out are off, as shares of the time measured."""

    mean: float
    median: float
    worst: float


class Coefficient(NamedTuple):
    """Milliseconds for one of a sum, and what the networks measured had least and most of it."""

    milliseconds: float
    least: int
    most: int


class Batches(NamedTuple):
    """Examples a run: as most networks were measured, the fewest and the most."""

    usual: int
    least: int
    most: int


class Timing(NamedTuple):
    """How long networks take on a device: coefficients, and where they are from.

    Sums are those of one example; `families` are the networks measured, siblings together; `error`
    is that of predictions of whole families (of one family: of its networks) from the others.
    """

    source: str
    runtime: str
    dtype: str
    layout: str
    batches: Batches
    networks: int
    families: Mapping[str, tuple[str, ...]]
    error: Error
    rank_correlation: float
    coefficients: Mapping[str, Coefficient]

    def unknown_family(self, name: str) -> str:
        """That a network is of no family measured, where these are few; else nothing."""
        members = {one for family in self.families.values() for one in family}
        if len(self.families) >= FEW_FAMILIES or name in members:
            return ""
        known = " and ".join(self.families)
        return f"only {known} was measured: of another family the error is not known"

    def of_one(self, batch: int) -> dict[str, float]:
        """Milliseconds for one of each sum of an example, in a run of a batch."""
        by_name = load_sums().by_name
        return {
            name: coefficient.milliseconds * by_name[name].times(batch)
            for name, coefficient in self.coefficients.items()
            if coefficient.milliseconds
        }


class _Prediction(NamedTuple):
    """The fields of `Prediction`."""

    network: Network
    timing: Timing
    batch: int
    milliseconds: float
    error: float
    outside: list[str]
    shares: Mapping[str, float]
    layers: list[LayerCost]


class Prediction(_Prediction, Framed):
    """The time of a network on a device: milliseconds of a run of `batch`, `error` as a share.

    `outside` says in words where the network lies outside of what was measured there. `layers`
    are all of its layers with their sums, `shares` which share of the time each sum is.
    """

    __slots__ = ()

    @property
    def exact_milliseconds(self) -> Fraction:
        """The decimal that `milliseconds` prints as: what filters and limits compare."""
        return Fraction(repr(self.milliseconds))

    def of_layer(self, layer: LayerCost) -> float:
        """The milliseconds of one layer."""
        run = self.timing.of_one(self.batch)
        return sum(each * float(layer.figures[name]) for name, each in run.items())


def predict(network: Network, timing: Timing, batch: int | None = None) -> Prediction:
    """How long a network takes on a device.

    Args:
        network: The network; its own batch and types are not looked at.
        timing: The device's coefficients.
        batch: Examples a run; None: as most networks were measured there.

    Returns:
        The time with its error.

    Raises:
        CostcalcError: The batch is no positive number.
    """
    batch = timing.batches.usual if batch is None else whole_number(batch, "a batch")
    counted = load_sums().of(_one_example(network))
    figures = counted.figures
    run = timing.of_one(batch)
    total = weighted([(each, int(figures[name])) for name, each in run.items()])
    parts = {name: each * float(figures[name]) for name, each in run.items()}
    shares = {name: part / total if total else 0.0 for name, part in parts.items()}
    return Prediction(
        network=network,
        timing=timing,
        batch=batch,
        milliseconds=total,
        error=timing.error.mean,
        outside=outside(network.name, figures, timing, batch),
        shares=shares,
        layers=counted.layers,
    )


def _one_example(network: Network) -> Graph:
    return network.with_execution().graph


def outside(name: str, figures: Mapping[str, Any], timing: Timing, batch: int) -> list[str]:
    """Where a network lies outside of what was measured, in words.

    A sum without a coefficient has no say in the time, so it has no range either.
    """
    sums = load_sums()
    said = []
    unknown = timing.unknown_family(name)
    if unknown:
        said.append(unknown)
    batches = timing.batches
    if not batches.least <= batch <= batches.most:
        measured = str(batches.least)
        if batches.least != batches.most:
            measured += f" to {batches.most}"
        said.append(f"batch {batch}, measured: {measured}")
    for key, coefficient in timing.coefficients.items():
        value = int(figures[key])
        if coefficient.milliseconds and not coefficient.least <= value <= coefficient.most:
            said.append(_range(sums, key, value, coefficient))
    return said


def _range(sums: Sums, key: str, value: int, coefficient: Coefficient) -> str:
    what = key.replace("_", " ")
    if value > coefficient.most and coefficient.most:
        times = Fraction(value, coefficient.most)
        return f"{what}: {float(times):.3g}x the most measured, {coefficient.most:,}"
    bound = coefficient.most if value > coefficient.most else coefficient.least
    end = "most" if value > coefficient.most else "least"
    return f"{what}: {value:,}, the {end} measured is {bound:,}"
