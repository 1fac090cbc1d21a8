"""Few cases that cover many: `pytest` runs these, `pytest --all` the others too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from costcalc.language.find import names

FEW = (
    "convnext", "deeplab", "efficientnet", "facenet", "mobilenet_v3_small", "mobilevit",
    "resnet_cifar", "shufflenet_v2", "ssdlite", "unet", "vit", "yolov3_tiny",
)  # fmt: skip
"""Networks that have every operator of the built-in networks; test_covering.py holds them to it."""


def mostly(few: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The few as parameters of a test, and what else the values have only with `--all`."""
    later = [
        value if isinstance(value, tuple) else (value,) for value in values if value not in few
    ]
    return [*few, *(pytest.param(*value, marks=pytest.mark.exhaustive) for value in later)]


NETWORKS = mostly(FEW, names())
"""Every built-in network, as parameters of a test."""


def pairwise(
    first: Sequence[Any], second: Sequence[Any], third: Sequence[Any]
) -> list[tuple[Any, Any, Any]]:
    """Combinations in which any two values meet, by diagonals; the third list is the shortest.

    Most faults need one value or two that meet. The full product repeats each pair as often as the
    lists it leaves out are long.
    """
    assert len(third) <= min(len(first), len(second))
    return [
        (a, b, third[(i + j) % len(third)])
        for i, a in enumerate(first)
        for j, b in enumerate(second)
    ]
