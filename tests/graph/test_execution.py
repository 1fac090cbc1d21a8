"""Runs of a network: types, batch and fusion change bytes, never parameters."""

from __future__ import annotations

import numpy
import numpy as np
import pytest

import costcalc
from costcalc.graph.build import build
from costcalc.graph.execution import Execution, execution
from costcalc.language.settings import settle
from costcalc.library import load_spec
from tests.covering import built, networks


@pytest.mark.parametrize("name", networks(1))
def test_weights_once_activations_for_every_example(name):
    one = built(name)
    many = one.with_execution(batch=5)
    weights = sum(layer.weights_read for layer in one.layers)
    assert many.params == one.params
    assert many.mult_adds == 5 * one.mult_adds
    assert many.memory_access == weights + 5 * (one.memory_access - weights)
    assert one.with_execution(dtype="int8:fp16").memory_access_bytes == (
        weights + 2 * (one.memory_access - weights)
    )
    assert one.with_execution(dtype="fp16").memory_access_bytes == 2 * one.memory_access
    assert one.with_execution() is one


@pytest.mark.parametrize("name", networks(2))
def test_unfused_counts_every_read_and_write(name):
    net = built(name)
    unfused = net.with_execution(fused=False)
    moved = sum(
        layer.facts.reads
        + layer.facts.writes
        # attention's softmax is a pass of its own over the scores; the state of an LSTM is none
        + (0 if layer.operator.nonlinear else 2 * layer.facts.scratch)
        for layer in net.layers
    )
    assert unfused.memory_access == moved >= net.memory_access
    assert unfused.mult_adds == net.mult_adds
    many = net.with_execution(batch=3, fused=False)
    weights = sum(layer.facts.parameters_read for layer in net.layers)  # shared ones each time
    assert many.memory_access == weights + 3 * (moved - weights)


def test_bytes_are_a_formula_of_arrays_too():
    spec = load_spec("mobilenet")
    run = Execution("int8", "fp16", 4)
    sizes = numpy.array([128, 160, 192, 224])
    graph = run.apply(build(spec, {**settle(spec, {}), "res": sizes}))
    found = run.bytes_moved(graph.layers)
    wanted = [
        costcalc.load("mobilenet", res=int(size)).with_execution("int8:fp16", 4).memory_access_bytes
        for size in sizes
    ]
    assert found.tolist() == wanted


def test_words():
    assert str(Execution()) == "batch 1 · 4 bytes per element"
    assert str(execution("int8:fp16")) == "batch 1 · 1 byte per weight, 2 bytes per activation"
    assert str(execution("fp16", fused=False)) == "batch 1 · 2 bytes per element · unfused"
    assert execution("int8:fp16").dtype == "int8:fp16"
    assert execution("int8:fp16").bytes_per_element == "1:2"
    assert execution("fp16:bf16").bytes_per_element == 2


@pytest.mark.parametrize("dtype", ["fp31", "fp32:", ":fp32", "fp32:fp16:int8", ""])
def test_unknown_types(dtype):
    with pytest.raises(costcalc.CostcalcError, match="unknown type"):
        costcalc.load("mobilenet").with_execution(dtype)


@pytest.mark.parametrize("batch", [0, -1, 1.5, True, "2", 10**13])
def test_no_batch(batch):
    with pytest.raises(costcalc.CostcalcError, match="a batch is a whole number"):
        costcalc.load("mobilenet").with_execution(batch=batch)
    with pytest.raises(costcalc.CostcalcError, match="a batch is a whole number"):
        costcalc.time("mobilenet", device="pixel_1", batch=batch)
    with pytest.raises(costcalc.CostcalcError, match="the number of patches is a whole number"):
        costcalc.load("mobilenet").in_patches(batch)


def test_a_batch_may_be_numpys():
    run = costcalc.load("mobilenet").with_execution(batch=np.int64(3))
    assert run.mult_adds == 3 * 568_740_352
    assert type(run.mult_adds) is int
