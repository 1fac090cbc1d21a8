"""What keras.applications cost, by the configurations of their layers: the source of keras.csv.

Run it where TensorFlow and Keras are installed, in the version that README.md names; it measures
the models that the file lists:

    pip install tensorflow-cpu keras
    python tests/facts/measure_keras.py

Parameters are Keras's own `count_params`, and those of them that are trained. Multiply-adds and
outputs are those of convolutions and dense layers. What prepares the image has values too, which
are no part of the network: the mean, the variance and the count of a Normalization layer.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
from keras import layers

FILE = Path(__file__).with_name("keras.csv")


def leaves(model: Any) -> Iterator[Any]:
    """The layers of a model, and those of the models inside it."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from leaves(layer)
        else:
            yield layer


def computed(layer: Any) -> tuple[int, int]:
    """The multiply-adds of a layer, and the elements that it puts out."""
    *places, channels = layer.output.shape[1:]
    swept = math.prod(places)
    if isinstance(layer, layers.SeparableConv2D):
        depthwise, pointwise = layer.depthwise_kernel.shape, layer.pointwise_kernel.shape
        mult_adds = swept * (math.prod(depthwise) + math.prod(pointwise))
        return mult_adds, swept * (depthwise[2] * depthwise[3] + channels)
    if isinstance(layer, layers.Conv2D | layers.DepthwiseConv2D | layers.Dense):
        return swept * math.prod(layer.kernel.shape), swept * channels
    return 0, 0


def measure(name: str, arguments: dict[str, Any], side: int) -> dict[str, int]:
    """The facts of a model on square images."""
    keras.backend.clear_session()
    application = getattr(keras.applications, name)
    net = application(weights=None, input_shape=(side, side, 3), **arguments)
    counted = [computed(layer) for layer in leaves(net)]
    prepared = [layer for layer in leaves(net) if isinstance(layer, layers.Normalization)]
    return {
        "params": net.count_params(),
        "trained": sum(math.prod(weight.shape) for weight in net.trainable_weights),
        "preparing": sum(layer.count_params() for layer in prepared),
        "mult_adds": sum(mult_adds for mult_adds, _ in counted),
        "activations": sum(elements for _, elements in counted),
    }


def main() -> None:
    with FILE.open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        side = int(row["input_hw"].partition("x")[0])
        row |= measure(row["model"], json.loads(row["arguments"]), side)
    with FILE.open("w") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: row["spec"]))


if __name__ == "__main__":
    main()
