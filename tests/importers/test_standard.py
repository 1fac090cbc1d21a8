"""The ONNX standard's own examples of every operator: counted with their sizes, or refused."""

from __future__ import annotations

import math
import warnings
from collections import Counter

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from costcalc.importers.build import read_content
from costcalc.network import Network

OF_A_BATCH = ("test_flatten_axis0", "test_flatten_negative_axis4")
"""What makes one vector of all examples, of which one is counted."""


def examples():
    """All of them, with outputs of the right size.

    The values of what is pooled take longer than all else here, and nobody looks at them.
    """
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        warnings.simplefilter("ignore")
        patch.setattr("onnx.reference.ops.op_pool_common.pool", unpooled)
        return collect_testcases(None)


def unpooled(padded, x_shape, kernel, strides, out_shape, *more, **options):
    return np.zeros([*x_shape[:2], *out_shape], dtype=padded.dtype)


def sizes(model):
    """What the model says its only output has: elements of a batch, and of one example."""
    (output,) = model.graph.output
    dims = [one.dim_value for one in output.type.tensor_type.shape.dim]
    return math.prod(dims), math.prod(dims[1:])


@pytest.mark.exhaustive
def test_every_operator_of_the_standard():
    outcomes: Counter[str] = Counter()
    wrong = []
    for case in examples():
        try:
            net = Network(read_content("net.onnx", case.model.SerializeToString()), {})
        except CostcalcError:
            outcomes["refused"] += 1
            continue
        outcomes["counted"] += 1
        if len(case.model.graph.output) > 1 or case.name in OF_A_BATCH:
            continue
        if net.layers[-1].output.size not in sizes(case.model):
            wrong.append((case.name, str(net.layers[-1].output)))
    assert wrong == []
    assert outcomes["counted"] > 300
