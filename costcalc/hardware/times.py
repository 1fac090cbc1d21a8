"""`costcalc.time`: how long a network takes on a device."""

from __future__ import annotations

import os
from typing import Any

from costcalc.hardware.devices import load_device
from costcalc.hardware.timing import Prediction, predict
from costcalc.network import Network, parse_reference


def time(
    network: Network | str | os.PathLike[str],
    /,
    *,
    device: str | os.PathLike[str],
    batch: int | None = None,
    **hyperparameters: Any,
) -> Prediction:
    """How long a network takes on a device, predicted from its layers.

    Args:
        network: a `Network`, or a reference as "mobilenet:alpha=0.5".
        device: the name of one that says times ("rtx_3090", "pixel_1"), or a file of `calibrate`.
        batch: examples a run; None: as most networks were measured there.
        hyperparameters: settings of the network.

    Returns:
        `milliseconds` of a run with their `error` as a share, and where the network lies `outside`
        of what was measured.

    Raises:
        CostcalcError: for an unknown network, setting or device, and for one without times.

    >>> round(costcalc.time("mobilenet_v2", device="pixel_1", alpha=0.5).milliseconds)
    28
    """
    timing = load_device(os.fspath(device)).timing_of()
    built = network if isinstance(network, Network) else None
    if built is None:
        built = parse_reference(os.fspath(network), settings=hyperparameters)  # type: ignore[arg-type]
    return predict(built, timing, batch)
