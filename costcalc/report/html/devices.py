"""A network on a device, for the page: its least time, its predicted time, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.model import Layer
from costcalc.hardware.devices import Device
from costcalc.hardware.roofline import Bound, Roofline, roofline
from costcalc.hardware.timing import Prediction, predict
from costcalc.network import Network
from costcalc.report.document import Column, For, share


@dataclass
class OnDevice:
    """A network on a device. A device may state peaks, times, or both; `why_not` says in words
    why there is no roofline."""

    network: Network
    device: Device
    roofline: Roofline | None
    prediction: Prediction | None
    why_not: str

    @cached_property
    def _spent(self) -> dict[int, float]:
        """Predicted milliseconds by layer of the network."""
        if self.prediction is None:
            return {}
        predicted = map(self.prediction.of_layer, self.prediction.layers)
        return {id(layer): ms for layer, ms in zip(self.network.layers, predicted, strict=True)}

    @cached_property
    def _bounds(self) -> dict[int, Bound]:
        return {id(one.layer): one for one in (self.roofline.bounds if self.roofline else ())}

    @cached_property
    def _least(self) -> Fraction:
        """The least time of the whole: a sum over all layers."""
        return self.roofline.seconds if self.roofline is not None else Fraction(0)

    @property
    def key(self) -> str:
        """Of the column that time is read off: predicted where networks were measured."""
        kind = "least_seconds" if self.prediction is None else "milliseconds"
        return f"{self.device.key}_{kind}"

    def columns(self, layers: bool = True) -> list[Column]:
        """The columns of layers, or of groups of them, with their shares."""
        key = name = self.device.key
        found = []
        if self.prediction is not None:
            batch = self.prediction.batch
            same = batch == self.network.execution.batch
            head = f"{name} time" if same else f"{name} time (batch {batch:,})"
            found += [
                Column(head, f"{key}_milliseconds", "milliseconds", json="milliseconds"),
                Column("%", f"{key}_milliseconds_share", "percent", "dim", seen=For.TABLES),
            ]
        if self.roofline is not None:
            found += [
                Column(f"{name} least time", f"{key}_least_seconds", "seconds", json="seconds"),
                Column("%", f"{key}_least_seconds_share", "percent", "dim", seen=For.TABLES),
                *([Column("bound by", f"{key}_bound_by", json="bound_by")] if layers else ()),
            ]
        return found

    def values(self, layers: Sequence[Layer]) -> dict[str, Any]:
        """What some layers take together, by the keys of `columns`."""
        key = self.device.key
        found: dict[str, Any] = {}
        if self.prediction is not None:
            spent = sum(self._spent[id(layer)] for layer in layers)
            found[f"{key}_milliseconds"] = spent
            whole = Fraction(self.prediction.milliseconds)
            found[f"{key}_milliseconds_share"] = share(Fraction(spent), whole)
        if self.roofline is not None:
            bounds = [self._bounds[id(layer)] for layer in layers if id(layer) in self._bounds]
            seconds = sum((bound.seconds for bound in bounds), Fraction(0))
            found[f"{key}_least_seconds"] = seconds
            found[f"{key}_least_seconds_share"] = share(seconds, self._least)
            found[f"{key}_bound_by"] = bounds[0].by if len(layers) == 1 and bounds else None
        return found

    def total(self) -> dict[str, Any]:
        """The whole network's, by the keys of `columns`."""
        key = self.device.key
        found: dict[str, Any] = {}
        if self.prediction is not None:
            found[f"{key}_milliseconds"] = self.prediction.milliseconds
        if self.roofline is not None:
            found[f"{key}_least_seconds"] = self._least
        return found


def on_device(network: Network, device: Device, batch: int | None = None) -> OnDevice:
    """A network on a device; a batch is that of the prediction, else as most were measured.

    Raises `CostcalcError` for a device that says nothing about this network's time.
    """
    least, why_not = None, ""
    try:
        least = roofline(network, device)
    except CostcalcError as error:
        if device.timing is None:
            raise
        why_not = str(error).partition("\n")[0]
    time = None if device.timing is None else predict(network, device.timing, batch)
    return OnDevice(network, device, least, time, why_not)
