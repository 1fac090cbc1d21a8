"""From tables to layers: names, repeats, blocks, branches, variants, what fuses."""

from __future__ import annotations

import pytest

import costcalc
from costcalc.numbers.dimensions import Shape


@pytest.fixture
def network(tmp_path):
    """The network of a spec written in a test."""

    def load(text, **hyperparameters):
        path = tmp_path / "net.yaml"
        path.write_text(text)
        return costcalc.load(str(path), **hyperparameters)

    return load


def layers(net):
    return [(layer.name, str(layer.input), str(layer.output)) for layer in net.layers]


def test_running_names_and_followers(network):
    net = network("""
input: [8, 8, 3]
defaults: {conv: {norm: batch, act: relu}}
network:
- columns: [name, op, k, out, act]
  rows:
  - [-, conv, 3x3, 4]
  - [stem, conv, 3x3, 4, none]
  - [-, conv, 3x3, 4]
""")
    assert [layer.name for layer in net.layers] == [
        "conv1", "conv1/batch_norm", "conv1/relu", "stem", "stem/batch_norm",
        "conv2", "conv2/batch_norm", "conv2/relu",
    ]  # fmt: skip


def test_repeats_and_first(network):
    net = network("""
input: [32, 32, 3]
blocks:
  unit: {args: [out, s], columns: [op, k, s, out], rows: [[conv, 3x3, s, out]]}
network:
- columns: [op, n, s, out]
  first: [s]
  rows:
  - [unit, 3, 2, 8]
- columns: [op, k, out]
  rows:
  - 2x:
    - [conv, 1x1, 4 * i]
    - [conv, 1x1, c]
""")
    assert layers(net) == [
        ("unit1.1/conv1", "32x32x3", "16x16x8"),
        ("unit1.2/conv1", "16x16x8", "16x16x8"),
        ("unit1.3/conv1", "16x16x8", "16x16x8"),
        ("conv1.1", "16x16x8", "16x16x4"),
        ("conv2.1", "16x16x4", "16x16x4"),
        ("conv1.2", "16x16x4", "16x16x8"),
        ("conv2.2", "16x16x8", "16x16x8"),
    ]
    assert [(run.name, run.times, len(run.layers)) for run in net.graph.rows] == [
        ("unit1", 3, 3), ("conv1", 2, 2), ("conv2", 2, 2),
    ]  # fmt: skip


SHORTCUT = """
hyperparameters: {s: 1, out: 16, bypass: {default: "on", choices: ["on", "off"]}}
input: [8, 8, 16]
network:
- columns: [op, k, s, out]
  rows:
  - add:
    - {when: s == 1 and c == out and bypass == 'on', rows: []}
    - - [conv, 1x1, 1, 6 * c, {when: bypass == 'on'}]
      - [dw, 3x3, s]
      - [conv, 1x1, 1, out]
"""


def test_when_takes_out_rows_and_branches(network):
    assert [layer.op for layer in network(SHORTCUT).layers] == ["conv", "dw", "conv", "add"]
    # left with one branch, the join is that branch
    assert [layer.op for layer in network(SHORTCUT, s=2).layers] == ["conv", "dw", "conv"]
    assert [layer.op for layer in network(SHORTCUT, bypass="off").layers] == ["dw", "conv"]
    assert network(SHORTCUT).layers[-1].inputs == (-1, 2)


def test_branches_start_at_the_same_tensor(network):
    net = network("""
input: [8, 8, 4]
network:
- columns: [op, k, out]
  rows:
  - [conv, 1x1, 6]
  - concat: [[[conv, 1x1, 2]], [], [[conv, 1x1, 3], [conv, 1x1, 5]]]
  - mul: [[], [[gpool], [fc, -, c]]]
""")
    concat = next(layer for layer in net.layers if layer.op == "concat")
    assert concat.output == Shape(8, 8, 2 + 6 + 5)
    assert [net.layers[i].name for i in concat.inputs] == ["conv2", "conv1", "conv4"]
    assert net.layers[-1].op == "mul"
    assert net.output == Shape(8, 8, 13)


def test_variants_choose_columns(network):
    text = """
hyperparameters: {g: 1, reading: {default: paper, choices: [paper, other]}}
input: [8, 8, 4]
network:
- columns: [op, k, out(g=1), out(g=2), "bias(g=2,reading=other)", "bias(g=1)", bias(g=2)]
  rows:
  - [conv, 1x1, 4, 8, true, false, false]
"""
    assert network(text).weights == 4 * 4
    assert network(text, g=2).weights == 4 * 8
    assert network(text, g=2).biases == 0
    assert network(text, g=2, reading="other").biases == 8
    with pytest.raises(costcalc.SpecError, match=r"no column 'out' for g = 3"):
        network(text, g=3)


def test_a_plain_column_is_for_all_other_settings(network):
    """Wherever it stands, and where it is empty the default is."""
    text = """
        hyperparameters: {g: 1}
        input: [8, 8, 4]
        network:
        - columns: [op, out, k(g=2), k, out(g=1), s(g=1), s]
          rows: [[conv, 6, 1x1, 3x3, 4, 2, ~]]
        """
    assert [layer.arguments["out"] for layer in network(text).layers] == [4]
    two, three = (network(text, g=g).layers[0] for g in (2, 3))
    assert (two.weights, two.output) == (1 * 4 * 6, (8, 8, 6))
    assert (three.weights, three.output) == (9 * 4 * 6, (8, 8, 6))


def test_scale_sees_the_row(network):
    net = network("""
hyperparameters: {sr: 0.5}
input: [8, 8, 4]
blocks:
  fire: {args: [s, e], columns: [op, k, out], rows: [[conv, 1x1, s], [conv, 3x3, e]]}
network:
- columns: [op, s, e]
  scale: {s: sr * e}
  rows: [[fire, 1, 8]]
""")
    assert [layer.output.c for layer in net.layers] == [4, 8]


def test_keep_and_bits_reach_the_layers(network):
    net = network("""
input: [8, 8, 4]
blocks:
  fire: {args: [s, e], columns: [op, k, out], rows: [[conv, 1x1, s], [conv, 3x3, e]]}
network:
- columns: [op, s, e, keep(s), keep(e), bits]
  rows: [[fire, 2, 8, 50%, 0.25, 6bit], [fire, 2, 8]]
""")
    assert [(layer.keep, layer.bits) for layer in net.layers] == [
        (0.5, 6), (0.25, 6), (1, 32), (1, 32),
    ]  # fmt: skip
    assert [layer.pruned for layer in net.layers] == [4, 36, 16, 144]


def test_buffers_are_stored_and_no_params(network):
    """All weights and half of the biases, of a row and handed down; stored once they are none."""
    net = network("""
input: [8, 8, 4]
blocks:
  two: {columns: [op, k, out, bias], rows: [[conv, 1x1, 4, true], [maxpool, 3x3]]}
network:
- columns: [op, name, k, out, bias, buffers, bias_buffers]
  rows: [[conv, a, 1x1, 4, true, 1, 1 / 2], [two, ~, ~, ~, ~, 100%, 50%], [conv, b, 1x1, 4, true]]
once: [[b/weights, a/weights]]
""")
    assert [(one.weights, one.biases) for one in net.layers] == [(0, 2), (0, 2), (0, 0), (16, 4)]
    facts = [(one.facts.buffers, one.facts.weight_buffers) for one in net.layers]
    assert facts == [(2, 0), (18, 16), (0, 0), (0, 0)]
    assert [one.facts.parameters_read for one in net.layers] == [16, 16, 0, 16]
    assert (net.params, {one.mult_adds for one in net.layers}) == (24, {0, 16 * 64})


def test_what_fuses(network):
    net = network("""
input: [8, 8, 4]
defaults: {conv: {norm: batch, act: relu}}
network:
- columns: [op, k, out, norm, act]
  rows:
  - [relu]                              # follows the input: moves
  - [conv, 3x3, 4]                      # its norm and act ride along
  - [maxpool, 2x2]
  - [batch_norm]                        # follows a pool: moves
  - [conv, 1x1, 4, none, none]          # read by the branch and by the identity
  - act: relu                           # follows a join: moves
    add: [[], [[batch_norm], [conv, 1x1, 4, none, none]]]
  - [fc, -, 10]
  - [softmax]                           # rides on the fully connected layer
""")
    assert [layer.name for layer in net.layers if layer.fused] == [
        "conv1/batch_norm", "conv1/relu", "softmax1",
    ]  # fmt: skip
    assert [layer.memory_access for layer in net.layers if layer.fused] == [0, 0, 0]
    moving = next(layer for layer in net.layers if layer.name == "add1/relu")
    assert moving.memory_access == 2 * 8 * 8 * 4


def test_blocks_of_another_spec(network, tmp_path):
    (tmp_path / "base.yaml").write_text("""
input: [8, 8, 4]
blocks:
  unit: {args: [out], columns: [op, k, out], rows: [[conv, 3x3, width * out]]}
network: [{columns: [op], rows: [[relu]]}]
""")
    net = network("""
hyperparameters: {width: 2}
input: [8, 8, 4]
use: {./base.yaml: [unit], squeezenet: []}
network:
- columns: [op, out]
  rows: [[unit, 3]]
""")
    assert net.weights == 9 * 4 * 2 * 3


def test_an_error_in_a_used_block_points_into_its_own_file(network, tmp_path):
    (tmp_path / "base.yaml").write_text(
        "blocks:\n  unit: {args: [out], columns: [op, k, out], rows: [[conv, 3x3, widht * out]]}\n"
    )
    with pytest.raises(costcalc.SpecError) as caught:
        network("input: [8, 8, 4]\nuse: {./base.yaml: [unit]}\n"
                "network:\n- columns: [op, out]\n  rows: [[unit, 3]]\n")  # fmt: skip
    message = str(caught.value)
    assert "base.yaml:2:65: unknown name 'widht'" in message
    assert "in block 'unit', called at" in message
    assert "net.yaml:5:11" in message


def test_errors_name_the_settings_they_happen_under():
    with pytest.raises(costcalc.SpecError, match=r"with alpha = 0\.02$"):
        costcalc.load("mobilenet", alpha=0.02)


def test_defaults_by_another_hyperparameter(network):
    text = """
hyperparameters:
  variant: {default: b0, choices: [b0, b1, b2]}
  width: {default: 1.0, by: {variant: {b2: 1.1}}}
  depth: {default: 1.0, by: {variant: {b1: 1.1, b2: 1.2}}}
  res: {default: 32, by: {variant: {b1: 40, b2: 48}}}
input: [res, res, 8]
network:
- columns: [op, k, out, n]
  scale: {out: "divisible(width * out, 8)", n: ceil(depth * n)}
  rows: [[conv, 3x3, 80, 3]]
"""
    assert (network(text).input.h, len(network(text).layers), network(text).output.c) == (32, 3, 80)
    b2 = network(text, variant="b2")
    assert (b2.input.h, len(b2.layers), b2.output.c) == (48, 4, 88)
    assert b2.hyperparameters["res"] == 48
    assert network(text, variant="b2", res=32).input.h == 32
    assert network(text, res=40).input.h == 40


def test_quotes_protect_the_commas_of_an_expression(network):
    net = network("""
input: [8, 8, 4]
network:
- columns: [op, k, out, n, when]
  rows:
  - [conv, 1x1, "max(4, 6)", "min(2, 3)", "max(c, 2) > 1"]
""")
    assert [layer.output.c for layer in net.layers] == [6, 6]


def test_strides_may_differ_by_axis(network):
    net = network("""
input: [9, 8, 4]
network:
- columns: [op, k, s, out, pad]
  rows: [[conv, 3x3, 2x1, 4], [maxpool, 1x2, 1x2, -, valid]]
""")
    assert [str(layer.output) for layer in net.layers] == ["5x8x4", "5x4x4"]


def test_a_called_block_sees_the_number_of_its_repeat(network):
    net = network("""
input: [8, 8, 4]
blocks:
  inner: {args: [], columns: [op, k, out], rows: [[conv, 1x1, 10 * i], {2x: [[conv, 1x1, i]]},
          [conv, 1x1, 10 * i]]}
network:
- columns: [op, n]
  rows: [[inner, 2]]
- columns: [op]
  rows: [2x: [[inner]]]
""")
    assert [layer.output.c for layer in net.layers] == [10, 1, 2, 10, 20, 1, 2, 20] * 2
