"""The roofline: a layer takes at least as long as its arithmetic, and as its traffic.

Williams, Waterman and Patterson 2009, "Roofline: an insightful visual performance model". Times
are lower bounds: nothing is said of launching kernels, caches, or how well either peak is used.
"""

from __future__ import annotations

from fractions import Fraction

from costcalc.errors import CostcalcError
from costcalc.graph.model import Layer
from costcalc.hardware.devices import Device
from costcalc.language.numerals import read_number
from costcalc.network import Network
from costcalc.records import NamedTuple


class Efficiency(NamedTuple):
    """Which share of each peak is assumed to be reached: the user's to set."""

    compute: Fraction = Fraction(1)
    bandwidth: Fraction = Fraction(1)


class Bound(NamedTuple):
    """The least time of a layer in seconds: that of arithmetic and that of traffic, exactly."""

    layer: Layer
    bytes: int
    compute: Fraction
    traffic: Fraction

    @property
    def seconds(self) -> Fraction:
        """The larger of the two."""
        return max(self.compute, self.traffic)

    @property
    def by(self) -> str:
        """What bounds it: `compute`, `bandwidth`, or nothing where there is nothing to do."""
        if not self.seconds:
            return ""
        return "compute" if self.compute > self.traffic else "bandwidth"


class Roofline(NamedTuple):
    """A network on a device: every layer that computes or moves something."""

    network: Network
    device: Device
    bounds: list[Bound]

    @property
    def seconds(self) -> Fraction:
        """The least time of the whole, layer after layer."""
        return sum((bound.seconds for bound in self.bounds), Fraction(0))

    def share(self, by: str) -> Fraction:
        """The share of that time in layers bound by `compute` or `bandwidth`."""
        part = sum((b.seconds for b in self.bounds if b.by == by), Fraction(0))
        return part / self.seconds if self.seconds else Fraction(0)


def roofline(network: Network, device: Device, efficiency: Efficiency = Efficiency()) -> Roofline:  # noqa: B008
    """The bounds of every layer; arithmetic runs at the peak of the activations' type.

    Raises `CostcalcError` where the device states no peak for it.
    """
    execution = network.execution
    rate = device.peak_of(execution.activations).value * efficiency.compute
    bandwidth = device.bandwidth_of().value * efficiency.bandwidth
    bounds = []
    for layer in network.layers:
        moved = int(execution.bytes_moved([layer]))
        bound = Bound(layer, moved, layer.mult_adds / rate, moved / bandwidth)
        if bound.seconds:
            bounds.append(bound)
    return Roofline(network, device, bounds)


def read_efficiency(text: str) -> Efficiency:
    """`0.5`, or `0.4:0.8` for compute:bandwidth. Raises `CostcalcError` for no share in (0, 1]."""
    compute, colon, bandwidth = text.partition(":")
    found = [read_number(share) for share in (compute, bandwidth if colon else compute)]
    shares = [Fraction(share) for share in found if share is not None and 0 < share <= 1]
    if len(shares) != 2:
        raise CostcalcError(
            f"'{text}' is no efficiency\n"
            "write a share above 0 and up to 1, or COMPUTE:BANDWIDTH as in 0.4:0.8"
        )
    return Efficiency(*shares)
