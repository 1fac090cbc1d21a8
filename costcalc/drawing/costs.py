"""What colours a picture: one cost of every layer, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from costcalc.cost.totals import METRICS
from costcalc.errors import CostcalcError, suggest
from costcalc.network import Network
from costcalc.records import NamedTuple

HEADS = {
    "mult_adds": "Mult-Adds",
    "params": "params",
    "memory_access": "memory access, in elements",
    "weights": "weights",
    "biases": "biases",
    "norm": "norm",
    "bytes": "bytes moved",
    "cost": "",  # a convention's headline
    "time": "milliseconds",
}
"""What a picture can show, and its name."""


class Costs(NamedTuple):
    """One cost of a network: of each layer by its index, and in all.

    Counts are exact; milliseconds are floats. A `note` says what else a reader has to know.
    """

    by: str
    head: str
    of_layers: Sequence[Any]
    total: Any
    note: str = ""

    def of(self, layers: Iterable[int]) -> Any:
        """What some layers cost together."""
        return sum(self.of_layers[index] for index in layers)

    def share(self, layers: Iterable[int]) -> Fraction:
        """The share of the whole that some layers are, 0 where all cost nothing."""
        own = self.of(layers)
        if not self.total:
            return Fraction(0)
        return Fraction(own) / Fraction(self.total)


def costs(network: Network, by: str = "mult_adds", device: str | None = None) -> Costs:
    """One cost of every layer of a network.

    Args:
        network: the network, as it is run and counted.
        by: a key of `HEADS`.
        device: where "time" is of.

    Returns:
        The cost of each layer and of all.

    Raises:
        CostcalcError: for another word, "time" without a device, and "cost" without a convention.

    >>> from costcalc.network import load
    >>> costs(load("mobilenet"), "params").total
    4209088
    """
    if by not in HEADS:
        raise CostcalcError(f"no picture is by '{by}'\n{suggest(by, HEADS, 'costs')}")
    if (by == "time") != (device is not None):
        raise CostcalcError(
            "time is that of a device: --by time needs --device, as pixel_1"
            if device is None
            else f"--device is for --by time, not for --by {by}"
        )
    if device is not None:
        return _time(network, device)
    layers = network.layers
    if by == "bytes":
        each = [int(network.execution.bytes_moved([layer])) for layer in layers]
        return Costs(by, HEADS[by], each, network.memory_access_bytes)
    if by == "cost":
        counted = network.counted
        if counted is None or counted.cost is None:
            raise CostcalcError(
                "cost is a convention's number: --by cost needs --convention, as fvcore"
            )
        name = counted.convention.headline
        head = f"{counted.convention.key} {name}"
        return Costs(by, head, [one.figures[name] for one in counted.layers], counted.cost)
    assert by in METRICS
    each = [getattr(network.sum_up([layer]), by) for layer in layers]
    return Costs(by, HEADS[by], each, getattr(network.totals, by))


def _time(network: Network, name: str) -> Costs:
    from costcalc.hardware.devices import load_device
    from costcalc.hardware.timing import predict

    device = load_device(name)
    found = predict(network, device.timing_of())
    each = [found.of_layer(layer) for layer in found.layers]
    outside = ", outside of what was measured" if found.outside else ""
    note = f"predicted for {device.key}, batch {found.batch}, ±{100 * found.error:.0f} %{outside}"
    return Costs("time", HEADS["time"], each, sum(each), note)
