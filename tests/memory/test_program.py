"""Arenas of TFLite files: as TFLite Micro recorded them, and its lifetimes and scratch by hand."""

from __future__ import annotations

import csv
import json

import pytest

from costcalc import load
from costcalc.memory.program import program_of
from tests.conftest import TESTS
from tests.importers.tflite_file import Model

MODELS = TESTS / "facts" / "models"
with (MODELS / "tflite.csv").open() as file:
    RECORDED = [row for row in csv.DictReader(file) if (MODELS / row["file"]).exists()]


def arena_of(path):
    """A file's arena in its own types."""
    return load(str(path)).arena()


def written(tmp_path, model, outputs):
    """A file of a model."""
    path = tmp_path / "made.tflite"
    path.write_bytes(model.file(outputs))
    return path


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["file"])
def test_plans_are_those_that_tflite_micro_records(row):
    found = arena_of(MODELS / row["file"])
    assert found.of_file
    assert found.bytes == int(row["recorded_by_tflite_micro_head_bytes"])
    assert found.lower_bound == int(row["liveness_lower_bound_bytes"]) == found.peak.peak_bytes
    assert found.tensors_only == int(row["greedy_plan_bytes"])


def transposed(type_):
    """A transposed convolution and a mean of it, quantised."""
    model = Model()
    x = model.given("x", [1, 4, 4, 2], type_, scale=0.1)
    shape = model.tensor("shape", [4], "int32", [1, 8, 8, 3])
    weights = model.tensor("weights", [3, 2, 2, 2], "int8", 0, scale=0.1)
    y = model.tensor("y", [1, 8, 8, 3], type_, scale=0.1)
    axes = model.tensor("axes", [2], "int32", [1, 2])
    z = model.tensor("z", [1, 3], type_, scale=0.1)
    strides = {0: ("b", 0), 1: ("i", 2), 2: ("i", 2)}
    model.operator("TRANSPOSE_CONV", [shape, weights, x], [y], strides)
    model.operator("MEAN", [y, axes], [z], {})
    return model, [z]


@pytest.mark.parametrize(("type_", "size", "each"), [("int8", 1, 4), ("int16", 2, 8)])
def test_scratch_of_kernels(tmp_path, type_, size, each):
    found = arena_of(written(tmp_path, *transposed(type_)))
    out = 8 * 8 * 3
    assert [(b.bytes, b.first, b.last) for b in found.tensors] == [
        (size * 32, 0, 1), (size * out, 1, 2), (size * 3, 2, 2),
    ]  # fmt: skip
    # the accumulators; a mean has its sums, a place for each axis of its input, and the axes
    assert [(b.bytes, b.first, b.last) for b in found.scratch] == [
        (each * out, 1, 1), (12, 2, 2), (16, 2, 2), (8, 2, 2),
    ]  # fmt: skip
    assert found.bytes == each * out + size * out + size * 32
    assert found.step == "y" or found.step.startswith("transpose_conv")
    assert found.scratch_bytes == each * out


def test_what_the_file_says_decides(tmp_path):
    """A reshape copies, whoever reads a tensor last frees it, an output stays to the end."""
    model = Model()
    x = model.given("x", [1, 4, 4, 4])
    early = model.tensor("early", [1, 4, 4, 4])
    sizes = model.tensor("sizes", [2], "int32", [1, 64])
    flat = model.tensor("flat", [1, 64])
    late = model.tensor("late", [1, 64])
    model.operator("RELU", [x], [early])
    model.operator("RESHAPE", [early, sizes], [flat], {})
    model.operator("LOGISTIC", [flat], [late])
    found = arena_of(written(tmp_path, model, [early, late]))
    lives = [(b.bytes, b.first, b.last) for b in found.tensors]
    assert lives == [(256, 0, 1), (256, 1, 3), (256, 2, 3), (256, 3, 3)]
    assert found.bytes == 3 * 256
    # equal sizes: the later first, so the last tensor lies lowest
    assert found.planned.offsets == (0, 512, 256, 0)


def test_types_of_every_tensor(tmp_path):
    """A quantised network between floats: the plan is in bytes of each."""
    model = Model()
    x = model.given("x", [1, 4, 4, 4])
    q = model.tensor("q", [1, 4, 4, 4], "int8", scale=0.1)
    r = model.tensor("r", [1, 4, 4, 4], "int8", scale=0.1)
    model.operator("QUANTIZE", [x], [q])
    model.operator("RELU", [q], [r])
    path = written(tmp_path, model, [r])
    found = arena_of(path)
    assert [b.bytes for b in found.tensors] == [256, 64, 64]
    assert found.bytes == found.lower_bound == found.peak.peak_bytes == 320


def test_other_sizes_and_types_are_the_specs(costcalc):
    path = str(MODELS / "ds_cnn_int8.tflite")
    own = json.loads(costcalc("memory", path, "--arena", "--format", "json").out)
    assert (own["dtype"], own["arena_bytes"]) == ("int8", 16_000)
    floats = json.loads(
        costcalc("memory", path, "--arena", "--dtype", "fp32", "--format", "json").out
    )
    assert (floats["dtype"], floats["arena_bytes"]) == ("fp32", 64_000)
    assert not load(path).with_execution(dtype="int8", batch=2).arena().of_file
    assert program_of(load("mobilenet").spec) is None
    assert "as the file has them" in costcalc("memory", path, "--arena").out
