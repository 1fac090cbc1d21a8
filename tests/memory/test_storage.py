"""Model sizes: SqueezeNet's table, and agreement with what the ledger counts."""

from __future__ import annotations

from fractions import Fraction

import pytest

import costcalc
from costcalc.graph.execution import execution
from costcalc.memory.storage import storage
from tests.covering import networks


@pytest.mark.parametrize("name", networks(3))
def test_rows_add_up_and_bits_scale(name):
    net = costcalc.load(name)
    *rows, total = storage(net.graph)
    for field in ("params", "kept", "bits"):
        assert sum(getattr(row, field) for row in rows) == getattr(total, field)
    assert total.params == net.params
    assert storage(net.graph, 8)[-1].bytes == total.kept
    if total.widths == (32,):
        assert total.bytes == 4 * total.kept


def test_squeezenet_at_what_its_table_determines():
    """The paper prints 0.66 MB and 0.47 MB: the weights alone are less, and all that is sure."""
    net = costcalc.load("squeezenet")
    total = storage(net.graph)[-1]
    assert (total.params, total.kept, total.widths) == (1_248_424, 421_098, (6,))
    assert total.bytes == -(-421_098 * 6 // 8) < 470_000
    assert storage(net.graph, 8)[-1].bytes == 421_098 < 660_000
    assert Fraction(storage(net.graph, 32)[-1].bytes) == 4 * 421_098
    by_row = {row.name: row for row in storage(net.graph)}
    assert by_row["conv10"].kept == 103_400
    assert by_row["fire9"].kept == 77_581


def spec_of(tmp_path, rows, columns="[op, k, out, norm, act, bias]"):
    """A network of these rows over 64 channels."""
    path = tmp_path / "net.yaml"
    path.write_text(
        f"name: N\ninput: [8, 8, 64]\ncounts: {{params: [weights]}}\nnetwork:\n"
        f"- columns: {columns}\n  rows: {rows}\n"
    )
    return costcalc.load(str(path)).graph


def test_a_folded_norm_is_a_bias_a_channel(tmp_path):
    graph = spec_of(tmp_path, "[[dw, 3x3, ~, batch, relu]]")
    total = storage(graph, types=execution("int8"), folded=True)[-1]
    assert (total.weights, total.biases, total.norm) == (576, 64, 0)
    assert total.bits == 8 * 576 + 32 * 64
    apart = storage(graph, types=execution("int8"))[-1]
    assert (apart.weights, apart.biases, apart.norm) == (576, 0, 2 * 64)
    assert storage(graph)[-1].params == 576  # the paper's word, as ever


def test_a_bias_takes_the_norm_in(tmp_path):
    graph = spec_of(tmp_path, "[[conv, 1x1, 10, batch, ~, true]]")
    assert storage(graph, folded=True)[-1].params == 640 + 10


def test_shared_weights_are_others_where_a_norm_of_their_own_is_folded(tmp_path):
    """64 x 64 weights and 64 biases for a and b, which are the same; and those of c's own norm."""
    columns, rows = (
        "[name, op, k, out, norm, shares, own]",
        (
            "[[a, conv, 1x1, 64, batch], [b, conv, 1x1, 64, batch, a],"
            " [c, conv, 1x1, 64, batch, a, batch_norm]]"
        ),
    )
    graph = spec_of(tmp_path, rows, columns)
    total = storage(graph, types=execution("int8"), folded=True)[-1]
    assert (total.weights, total.biases, total.norm) == (2 * 64 * 64, 2 * 64, 0)
    apart = storage(graph, types=execution("int8"))[-1]
    assert (apart.weights, apart.biases, apart.norm) == (64 * 64, 0, 2 * 2 * 64)


def test_efficientdet_has_the_weights_of_each_level_once_norms_are_folded():
    """3 of 64 x 64 in either head, at 4 levels beside the first."""
    graph = costcalc.load("efficientdet").graph
    more = (
        storage(graph, folded=True)[-1].weights
        - storage(graph, types=execution("int8"))[-1].weights
    )
    assert more == 2 * 4 * 3 * 64 * 64


def test_no_norm_folds_into_a_recurrent_layer(tmp_path):
    """What it says went through tanh: the scale and shift of 6 channels stay."""
    graph = spec_of(tmp_path, "[[lstm, 6, batch]]", "[op, hidden, norm]")
    total = storage(graph, folded=True)[-1]
    assert total.params == 4 * 6 * (64 + 6) + 4 * 6 + 2 * 6


def test_norms_that_cannot_be_folded_stay(tmp_path):
    """Before a convolution, behind an activation, and where something else reads what comes in."""
    columns, rows = (
        "[name, from, op, k, out]",
        (
            "[[~, ~, batch_norm], [a, ~, conv, 1x1, 8], [~, ~, relu], [~, ~, batch_norm],"
            " [b, ~, conv, 1x1, 8], [c, ~, batch_norm], {add: [b, c]}]"
        ),
    )
    total = storage(spec_of(tmp_path, rows, columns), folded=True)[-1]
    assert total.norm == 2 * (64 + 8 + 8)
    assert total.biases == 0


@pytest.mark.parametrize(
    ("dtype", "weight", "bias"),
    [("int8", 8, 32), ("int8:int16", 8, 64), ("fp16", 16, 16), ("int8:fp32", 8, 32),
     ("fp16:fp32", 16, 32), ("fp32", 32, 32)],
)  # fmt: skip
def test_biases_are_as_wide_as_they_are_added_up(tmp_path, dtype, weight, bias):
    graph = spec_of(tmp_path, "[[conv, 1x1, 10, ~, ~, true]]")
    assert storage(graph, types=execution(dtype))[-1].bits == 640 * weight + 10 * bias


def test_mobilenet_for_a_microcontroller():
    """MLPerf Tiny's visual wake words: weights, and a 32 bit bias a channel."""
    graph = costcalc.load("mobilenet", alpha=0.25, res=96, classes=2).graph
    total = storage(graph, types=execution("int8"), folded=True)[-1]
    assert (total.weights, total.biases, total.bytes) == (208_112, 2_738, 219_064)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", networks(2))
def test_folding_keeps_weights(name):
    graph = costcalc.load(name).graph
    *rows, total = storage(graph, folded=True)
    apart = storage(graph, types=execution("fp32"))[-1]
    assert total.weights == sum(row.weights for row in rows)
    shared = any(layer.shares is not None for layer in graph.layers)
    assert total.weights == apart.weights or (shared and total.weights > apart.weights)
    assert total.norm <= apart.norm
    assert total.biases >= apart.biases


def test_what_it_says(costcalc):
    ran = costcalc("storage", "mobilenet", "--alpha", "0.25", "--dtype", "int8", "--folded")
    assert "batch norms folded" in ran.out
    assert " KiB" in ran.out
    ran = costcalc("storage", "mobilenet", "--bits", "8", "--dtype", "int8")
    assert (ran.code, "give one" in ran.err) == (2, True)
    ran = costcalc("storage", "mobilenet", "--dtype", "int9")
    assert (ran.code, "unknown type 'int9'" in ran.err) == (2, True)


def test_biases_in_bits_of_their_own(tmp_path):
    """8 bits a weight and 32 a bias: of the row itself, and handed down to those of a block."""
    path = tmp_path / "net.yaml"
    path.write_text(
        "input: [8, 8, 4]\n"
        "dtype: int8:int16\n"
        "blocks:\n"
        "  pair: {columns: [op, k, out, bias],\n"
        "    rows: [[conv, 1x1, 10, true], [conv, 1x1, 10, true]]}\n"
        "network:\n"
        "  - columns: [op, k, out, bias, bits, bias_bits]\n"
        "    rows:\n"
        "    - [conv, 1x1, 10, true, 8, 32]\n"
        "    - [pair, ~, ~, ~, 8, 64]\n"
        "    - [conv, 1x1, 10, true, 4]\n"
    )
    net = costcalc.load(path)
    assert storage(net.graph)[-1].bits == (
        (8 * 40 + 32 * 10) + 2 * (8 * 100 + 64 * 10) + (4 * 100 + 4 * 10)
    )
    assert storage(net.graph, bits=2)[-1].bits == 2 * net.params
    assert (net.execution.dtype, net.with_execution("fp16").execution.dtype) == (
        "int8:int16", "fp16"
    )  # fmt: skip
    assert net.memory_access_bytes == net.with_execution("int8:int16").memory_access_bytes
