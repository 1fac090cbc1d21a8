"""What a project holds its networks to, each with what it counts: whole numbers, and times."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from costcalc.network import Network

if TYPE_CHECKING:
    from costcalc.hardware.timing import Prediction

COUNTS = ("params", "cost", "weights", "biases", "norm", "mult_adds", "memory_access")
"""Numbers of parameters, of operations (`cost` as the convention has them) and of elements."""
BYTES = ("memory_access_bytes", "peak_memory", "size")
"""Bytes: moved, of activations alive at once, of params. The types of the network decide them."""
QUANTITIES = (*COUNTS, *BYTES)
TIME = "time"
"""Milliseconds of a run on the device of the network."""
TOTALS = ("params", "cost", "mult_adds", "memory_access", *BYTES)
"""What is said of every network; weights, biases and norm are parts of it."""

_MEASURES: dict[str, Callable[[Network], int | None]] = {
    "memory_access_bytes": lambda network: network.memory_access_bytes,
    "peak_memory": lambda network: network.peak_memory().peak_bytes,
    "size": lambda network: network.size,
}


def measure(network: Network, quantity: str) -> int | None:
    """A quantity of a network, None for the `cost` of a convention that has none.

    The peak of memory is that of the spec's own order, inputs and outputs apart ("separate").
    """
    if quantity in _MEASURES:
        return _MEASURES[quantity](network)
    found = getattr(network.totals, quantity, None)
    return None if found is None else int(found)


def measure_on(device: str | None, network: Network, quantity: str) -> int | Fraction | None:
    """The same, and the time on a device as the decimal it prints as, None without one."""
    if quantity != TIME:
        return measure(network, quantity)
    predicted = predicted_on(device, network)
    return None if predicted is None else predicted.exact_milliseconds


def predicted_on(device: str | None, network: Network) -> Prediction | None:
    """The time on a device, with its error and where it lies outside of what was measured there."""
    if device is None:
        return None
    from costcalc.hardware.times import time  # nothing to pay unless asked for

    return time(network, device=device)
