"""Named tensors, several inputs and outputs, shared weights, arguments of blocks."""

from __future__ import annotations

import pytest

import costcalc
from costcalc.errors import SpecError
from costcalc.numbers.dimensions import Shape


@pytest.fixture
def network(tmp_path):
    def load(text, **hyperparameters):
        path = tmp_path / "net.yaml"
        path.write_text(text)
        return costcalc.load(path, **hyperparameters)

    return load


def edges(net):
    """Which layers each layer reads, by name."""
    names = dict(enumerate(layer.name for layer in net.layers))
    inputs = {-1 - number: name for number, name in enumerate(net.inputs)}
    return {layer.name: [(names | inputs)[index] for index in layer.inputs] for layer in net.layers}


def test_a_feeds_b_and_both_are_joined_and_b_is_handed_out(network):
    """The second row of the graphs that people reported as impossible to write."""
    net = network("""
input: [8, 8, 4]
outputs: [both, b]
network:
- columns: [name, op, k, out]
  rows:
  - [a, conv, 3x3, 8]
  - [b, conv, 3x3, 6]
  - {name: both, concat: [a, b]}
""")
    assert edges(net) == {"a": ["input"], "b": ["a"], "both": ["a", "b"]}
    assert net.outputs == {"both": Shape(8, 8, 14), "b": Shape(8, 8, 6)}
    assert net.output == Shape(8, 8, 6)
    peak = net.peak_memory()
    assert [tensor.name for tensor in peak.alive(peak.moments[-1])] == ["a", "b", "both"]


def test_a_row_a_join_and_a_branch_say_where_they_start(network):
    net = network("""
input: [8, 8, 4]
network:
- columns: [name, from, op, k, out]
  rows:
  - [a,  ~,     conv, 3x3, 8]
  - [b,  input, conv, 1x1, 8]
  - name: c
    from: a
    add:
    - b
    - []
    - [[d, ~, conv, 1x1, 8]]
    - {from: b, rows: [[e, ~, relu]]}
""")
    assert edges(net) == {
        "a": ["input"], "b": ["input"], "d": ["a"], "e": ["b"], "c": ["b", "a", "d", "e"],
    }  # fmt: skip


def test_what_a_row_hands_on_is_normalised_and_activated(network):
    net = network("""
input: [8, 8, 4]
network:
- columns: [name, op, k, out, norm, act]
  rows:
  - [a, conv, 3x3, 4, batch, relu]
  - [b, conv, 3x3, 4]
  - add: [a, b]
""")
    assert edges(net)["add1"] == ["a/relu", "b"]


def test_the_inside_of_a_block_is_reached_by_its_path(network):
    net = network("""
input: [8, 8, 4]
blocks:
  stage:
    args: [out]
    columns: [name, op, k, out]
    rows:
    - [first,  conv, 3x3, out]
    - [second, conv, 3x3, out]
network:
- columns: [name, op, out, n]
  rows:
  - [s, stage, 8, 3]
  - concat: [s.1/first, s.2, s/first, s]
""")
    assert edges(net)["concat1"] == ["s.1/first", "s.2/second", "s.3/first", "s.3/second"]


def test_inside_a_block_names_are_its_own(network):
    text = """
input: [8, 8, 4]
blocks:
  unit:
    args: [out]
    columns: [name, from, op, k, out]
    rows:
    - [a, ~, conv, 1x1, out]
    - [b, ~, conv, 3x3, out]
    - add: [a, b{more}]
network:
- columns: [name, op, k, out]
  rows:
  - [a, conv, 3x3, 4]
  - [outer, conv, 1x1, 4]
  - [u, unit, ~, 4]
  - [v, unit, ~, 4]
"""
    net = network(text.replace("{more}", ""))
    assert edges(net)["v/add1"] == ["v/a", "v/b"]
    with pytest.raises(costcalc.SpecError, match="no tensor is named 'outer'"):
        network(text.replace("{more}", ", outer"))


def test_what_a_block_starts_from_is_its_input(network):
    """In a branch and after other rows too; it may be handed on, and no row has its name."""
    text = """
input: [8, 8, 4]
blocks:
  unit:
    args: [k]
    columns: [name, op, k, out]
    rows:
    - [a, conv, 3x3, 4]
    - add: [input, [[~, conv, 1x1, 4], {mul: [[], input]}], [{op: deep, from: a, met: input}]]
  deep:
    args: [met]
    rows:
    - {name: NAME, concat: [input, met]}
    - {op: conv, k: 1x1, out: 4}
network:
- columns: [op, k, out]
  rows:
  - [conv, 3x3, 4]
  - {op: unit, name: u, k: 3x3, n: 2}
"""
    net = network(text.replace("NAME", "both"))
    assert edges(net)["u.2/mul1"] == ["u.2/conv1", "u.1/add1"]
    assert edges(net)["u.2/deep1/both"] == ["u.2/a", "u.1/add1"]
    assert edges(net)["u.1/add1"] == ["conv1", "u.1/mul1", "u.1/deep1/conv1"]
    with pytest.raises(costcalc.SpecError, match="'input' is an input here"):
        network(text.replace("NAME", "input"))


def test_a_tensor_is_handed_to_a_block(network):
    """A decoder's block takes what it joins with; it may hand it on."""
    net = network("""
input: [8, 8, 4]
blocks:
  up:
    args: [skip, out]
    columns: [name, op, k, out, skip]
    rows:
    - {name: met, concat: [[], skip]}
    - [thin, conv, 1x1, out]
    - [gate, gated, ~, ~, skip]
  gated:
    args: [skip]
    columns: [name, from, op]
    rows:
    - {name: product, mul: [[], skip]}
network:
- columns: [name, op, k, out, skip]
  rows:
  - [a, conv, 3x3, 8]
  - [b, conv, 3x3, 6]
  - [u, up, ~, 8, a]
""")
    assert edges(net)["u/met"] == ["b", "a"]
    assert edges(net)["u/gate/product"] == ["u/thin", "a"]


def test_a_size_is_that_of_a_tensor(network):
    """The name of a row, of what is inside one, of what a block starts from or is handed."""
    net = network("""
hyperparameters:
  res: {default: 33, min: 1}
input: [res, 20, 3]
blocks:
  back:
    args: [to]
    columns: [op, k, s, size]
    rows:
    - add: [[], [[maxpool, 3x3, 2], [resize, ~, ~, input]]]
    - [resize, ~, ~, to]
network:
- columns: [name, op, k, s, out, size, to]
  rows:
  - [half,    conv,   3x3, 2, 4]
  - [quarter, conv,   3x3, 2, 4]
  - [b,       back,   ~,   ~, ~, ~, half]
  - [low,     resize, ~,   ~, ~, quarter]
  - [whole,   resize, ~,   ~, ~, input]
  - [inside,  resize, ~,   ~, ~, b/resize1]
  - [pool,    avgpool, inside]           # of the whole map
""")
    sizes = {layer.name: tuple(layer.output[:2]) for layer in net.layers}
    assert sizes["b/maxpool1"] == (5, 3)
    assert sizes["b/resize1"] == sizes["low"] == sizes["inside"] == (9, 5)
    assert sizes["b/resize2"] == (17, 10)
    assert sizes["whole"] == (33, 20)
    path, sides = net.spec.source.path, range(4, 40)
    grid = costcalc.sweep(path, res=sides).columns()["mult_adds"]
    assert list(grid) == [costcalc.load(path, res=side).mult_adds for side in sides]


@pytest.mark.parametrize(
    ("size", "message", "hint"),
    [
        ("later", "'later' is used before it exists", "its row stands on line 8"),
        ("firts", "no tensor is named 'firts'", "did you mean 'first'?"),
        ("elsewhere", "unknown name 'elsewhere'", "names: c, h, w"),
        ("first/conv1", "no tensor is named 'first/conv1'", "nothing of that name inside"),
        ("first.*", "'first.*' is not one tensor: it is those of all repeats", "they are branches"),
    ],
)
def test_a_size_of_what_is_no_tensor(network, size, message, hint):
    with pytest.raises(costcalc.SpecError) as error:
        network(f"""
input: [8, 8, 4]
network:
- columns: [name, op, k, size, out]
  rows:
  - [first, maxpool, 3x3]
  - [m,     resize,    ~, {size}]
  - [later, conv,    3x3, ~, 4]
""")
    assert error.value.message == message
    assert hint in error.value.hint


def test_several_inputs(network):
    net = network("""
hyperparameters: {res: 16}
input: {image: [res, res, 3], mask: [res / 2, res / 2, 1]}
network:
- columns: [name, from, op, k, out, s]
  rows:
  - [a, ~,    conv, 3x3, 8, 2]
  - [b, mask, conv, 3x3, 8]
  - add: [a, b]
""")
    assert net.inputs == {"image": Shape(16, 16, 3), "mask": Shape(8, 8, 1)}
    assert edges(net)["b"] == ["mask"]
    first = net.peak_memory().moments[0]
    alive = {tensor.name: tensor.elements for tensor in net.peak_memory().alive(first)}
    assert alive == {"image": 768, "mask": 64, "a": 512}


def test_an_output_that_is_not_always_there(network):
    text = """
hyperparameters: {deep: false}
input: [8, 8, 4]
outputs: [c3, {from: c4, when: deep}]
network:
- columns: [name, op, k, out, when]
  rows:
  - [c3, conv, 3x3, 8]
  - [c4, conv, 3x3, 6, deep]
"""
    assert network(text).outputs == {"c3": Shape(8, 8, 8)}
    assert network(text, deep=True).outputs == {"c3": Shape(8, 8, 8), "c4": Shape(8, 8, 6)}


def test_weights_may_be_shared(network):
    """3x3, 64 to 64, three times with the same weights, 32x32: a report of another tool's users."""
    text = """
input: [32, 32, 64]
network:
- columns: [name, op, k, out, n, {column}]
  rows: {rows}
"""
    rows = (
        "[[a, conv, 3x3, 64, 3, a]]",
        "[[a, conv, 3x3, 64], [b, conv, 3x3, 64, 1, a], [c, conv, 3x3, 64, 1, b]]",
        "[[a, conv, 3x3, 64], [b, conv, 3x3, 64, 2, a]]",
    )
    for written in rows:
        net = network(text.format(column="shares", rows=written))
        assert (net.params, net.mult_adds) == (36_864, 113_246_208)
        moved = 3 * (2 * 32 * 32 * 64 + 36_864)
        assert net.memory_access == moved
        int8 = net.with_execution(dtype="int8:fp16")
        assert int8.memory_access_bytes == 3 * 36_864 + 2 * (moved - 3 * 36_864)
        assert net.with_execution(batch=2).memory_access == 2 * (moved - 3 * 36_864) + 3 * 36_864


def test_a_block_shares_the_weights_of_another_call(network):
    """RetinaNet's heads: one subnet on every level of the pyramid."""
    net = network("""
input: [16, 16, 8]
outputs: [h3, h4]
defaults: {conv: {norm: batch, act: relu, bias: true}}
blocks:
  head:
    args: [out]
    columns: [op, k, out]
    rows: [[conv, 3x3, 8], [conv, 3x3, out]]
network:
- columns: [name, from, op, out, k, s, shares]
  rows:
  - [p3, ~,  conv, 8, 1x1]
  - [p4, p3, conv, 8, 3x3, 2]
  - [h3, p3, head, 5]
  - [h4, p4, head, 5, ~, ~, h3]
""")
    alone = {layer.name: layer.facts for layer in net.layers}
    assert alone["h4/conv1"].weights == alone["h4/conv1"].biases == 0
    assert alone["h4/conv1/batch_norm"].norm == 0
    assert alone["h4/conv1"].mult_adds * 4 == alone["h3/conv1"].mult_adds
    one_head = 9 * 8 * 8 + 8 + 2 * 8 + 9 * 8 * 5 + 5 + 2 * 5
    assert net.params == (8 * 8 + 8 + 16) + (9 * 8 * 8 + 8 + 16) + one_head


def test_branches_may_repeat(network):
    net = network("""
input: [8, 8, 4]
network:
- columns: [name, op, k, out]
  rows:
  - {name: all, concat: {3x: [[one, conv, 3x3, 2 * i]]}}
  - concat: [{2x: [[two, conv, 1x1, 4]]}, [], {from: all, 2x: [[~, relu]]}]
  - concat: [all, two.1, []]
""")
    assert edges(net)["all"] == ["one.1", "one.2", "one.3"]
    assert net.layers[2].output == Shape(8, 8, 6)
    assert edges(net)["concat1"] == ["two.1", "two.2", "all", "relu1.1", "relu1.2"]
    assert edges(net)["concat2"] == ["all", "two.1", "concat1"]


def test_a_default_may_use_the_arguments_before_it(network):
    text = """
input: [8, 8, 4]
blocks:
  unit:
    args: [out, mid, wide]
    defaults: {mid: out, wide: 2 * mid + c}
    columns: [op, k, out]
    rows: [[conv, 3x3, mid], [conv, 1x1, wide], [conv, 1x1, out]]
network:
- columns: [op, out, mid]
  rows: [[unit, 8]]
"""
    assert [layer.output.c for layer in network(text).layers] == [8, 20, 8]
    given = network(text.replace("[unit, 8]", "[unit, 8, 3]"))
    assert [layer.output.c for layer in given.layers] == [3, 10, 8]


def test_a_literal_list_is_an_argument(network):
    net = network(
        """
hyperparameters: {alpha: 1}
input: [8, 8, 4]
blocks:
  stage:
    args: [widths]
    columns: [op, k, out, n]
    rows: [[conv, 3x3, "widths[i]", 3]]
network:
- columns: [op, widths]
  rows: [[stage, [5, 3 * alpha, 7]]]
""",
        alpha=2,
    )
    assert [layer.output.c for layer in net.layers] == [5, 6, 7]


def test_a_block_may_call_itself(network):
    """FractalNet's expansion: f(C) joins a convolution with f(C - 1) twice (arXiv:1605.07648)."""
    net = network("""
hyperparameters: {columns: 3}
input: [8, 8, 4]
blocks:
  fractal:
    args: [depth, out]
    columns: [op, k, depth, out, when]
    rows:
    - add:
      - [[conv, 3x3, ~, out]]
      - when: depth > 1
        rows:
        - [fractal, ~, depth - 1, out]
        - [fractal, ~, depth - 1, out]
network:
- columns: [op, depth, out]
  rows: [[fractal, columns, 4]]
""")
    convolutions = [layer for layer in net.layers if layer.op == "conv"]
    assert len(convolutions) == 2**3 - 1


def test_names_in_a_repeat_are_those_of_the_same_repeat_and_after_it_of_the_last(network):
    net = network("""
input: [8, 8, 4]
network:
- columns: [name, from, op, k, out]
  rows:
  - 3x:
    - [a, ~, conv, 3x3, 4]
    - [b, ~, conv, 1x1, 4]
    - {name: c, add: [a, b]}
  - {name: d, add: [a, a.2, c]}
""")
    assert edges(net)["c.2"] == ["a.2", "b.2"]
    assert edges(net)["d"] == ["a.3", "a.2", "c.3"]


def test_an_output_is_written_before_it_is_activated(network):
    text = """
input: [8, 8, 4]
outputs: [{outputs}]
network:
- columns: [name, op, k, out]
  rows: [[a, conv, 3x3, 4], [b, relu]]
"""
    assert network(text.format(outputs="b")).layers[1].fused
    assert not network(text.format(outputs="a, b")).layers[1].fused


@pytest.mark.parametrize(("g", "source"), [(1, "a"), (2, "b")])
def test_a_variant_column_says_where_a_row_starts(network, g, source):
    net = network(
        """
hyperparameters: {g: {default: 1, choices: [1, 2]}}
input: [8, 8, 4]
outputs: [b, c]
network:
- columns: [name, op, k, out, from(g=1), from(g=2)]
  rows:
  - [a, conv, 3x3, 8]
  - [b, conv, 3x3, 6]
  - [c, conv, 3x3, 6, a, b]
""",
        g=g,
    )
    assert edges(net)["c"] == [source]


def test_a_list_of_sizes_is_a_cell_wherever_one_stands(network):
    """In a row, in a spec's defaults, as a block's default and beside the branches of a join."""
    net = network("""
input: [8, 6, 4]
defaults:
  zero_pad: {pad: [1, 0, 3, 0]}
blocks:
  attend:
    args: [window]
    defaults: {window: [h / 2, w]}
    columns: [op]
    rows:
    - {window: window, attention: [[], [], []]}
network:
- columns: [op, pad]
  rows:
  - [attend]
  - {window: [2, 3], attention: [[], [], []]}
  - [zero_pad]
  - [zero_pad, [0, 1, 0, 1]]
""")
    first, second = (layer.facts.products for layer in net.layers if layer.op == "attention")
    assert first == 2 * (8 * 6 * 4) * (4 * 6)
    assert second == 2 * (8 * 6 * 4) * (2 * 3)
    assert net.output == Shape(8 + 1 + 3, 6 + 1 + 1, 4)


EVERY = """
hyperparameters: {times: 3}
input: [8, 8, 4]
blocks:
  unit:
    columns: [name, op, k, out]
    rows:
    - [skip, conv, 1x1, 2]
    - {op: conv, from: input, k: 3x3, out: c}
network:
- columns: [name, op, k, out]
  rows:
  - [first, conv, 1x1, 4]
  - (times)x: [[u, unit]]
"""


def inputs(net, name):
    layer = next(layer for layer in net.layers if layer.name == name)
    return [net.layers[index].name for index in layer.inputs]


@pytest.mark.parametrize(
    ("times", "found"),
    [(3, ["u.1/skip", "u.2/skip", "u.3/skip"]), (1, ["u/skip"]), (0, [])],
)
def test_a_branch_of_every_repeat(network, times, found):
    """As many as there are; a repeat of 0 is no branch."""
    net = network(EVERY + "  - {name: all, concat: [[], first, u.*/skip]}\n", times=times)
    assert inputs(net, "all")[2:] == found


def test_rows_from_every_repeat(network):
    """Each is a branch of its own, with its number; repeats in repeats are all in order."""
    more = "  - concat: [[], {from: u.*/skip, rows: [[c, conv, 3x3, 10 * i]]}]\n"
    net = network(EVERY + more)
    convolutions = {layer.name: layer for layer in net.layers}
    assert [convolutions[f"c.{i}"].output.c for i in (1, 2, 3)] == [10, 20, 30]
    twice = EVERY.replace("  - (times)x:", "  - 2x:\n    - (times)x:")
    net = network(twice + "  - {name: all, concat: [[], u.*/skip]}\n", times=2)
    assert inputs(net, "all")[1:] == [f"u.{i}.{j}/skip" for i in (1, 2) for j in (1, 2)]


def test_every_repeat_is_those_of_the_same_body(network):
    """Inside of a repeat the names are those of this time."""
    body = """
    input: [8, 8, 4]
    network:
    - columns: [name, op, k, out]
      rows:
      - 2x:
        - 3x: [[m, conv, 1x1, 4]]
        - {name: all, concat: [m.*]}
    """
    net = network(body)
    assert inputs(net, "all.2") == ["m.2.1", "m.2.2", "m.2.3"]


@pytest.mark.parametrize(
    ("row", "message", "hint"),
    [
        ("{op: relu, from: u.*}", "'u.*' is not one tensor: it is those of all repeats",
         "they are branches of a join, concat: [u.*]"),
        ("concat: [[], v.*]", "no tensor is named 'v.*'", "tensors: first, input, u, u.1"),
        ("concat: [[], u.*/far]", "no tensor is named 'u.*/far'", "nothing of that name inside"),
        ("concat: [[], w.*]\n  - [w, relu]", "'w.*' is used before it exists", "on line 16"),
        ("concat: [[], skip]", "no tensor is named 'skip'", "inside of a block is u.1/skip"),
    ],
)  # fmt: skip
def test_what_is_no_tensor_of_every_repeat(network, row, message, hint):
    with pytest.raises(SpecError) as caught:
        network(f"{EVERY}  - {row}\n")
    assert message in str(caught.value)
    assert hint in caught.value.hint


def test_repeats_that_only_some_configurations_have(tmp_path):
    """They are split by how many there are."""
    path = tmp_path / "net.yaml"
    path.write_text(EVERY + "  - {name: all, concat: [[], first, u.*/skip]}\n")
    found = costcalc.sweep(str(path), times=[0, 1, 2, 3])
    for times, mult_adds in enumerate(found["mult_adds"]):
        assert costcalc.load(path, times=times).mult_adds == mult_adds


def test_rows_under_a_condition(network):
    """They stand there once or not, and what is inside of a repeat knows its number."""
    body = """
    hyperparameters: {deep: true}
    input: [8, 8, 4]
    network:
    - columns: [op, k, out]
      rows:
      - 2x:
        - {when: deep, rows: [[conv, 3x3, 8 * i], {when: i == 2, rows: [[relu]]}]}
        - [conv, 1x1, 4]
    """
    assert [layer.name for layer in network(body).layers] == [
        "conv1.1", "conv2.1", "conv1.2", "relu1.2", "conv2.2"
    ]  # fmt: skip
    assert [layer.output.c for layer in network(body, deep=False).layers] == [4, 4]


def test_normalisations_of_its_own(network):
    """EfficientDet's heads: convolutions are shared by all levels, normalisations by none."""
    net = network("""
        input: [8, 8, 4]
        network:
        - columns: [name, op, k, out, norm, shares, own]
          rows:
          - [a, conv, 3x3, 4, batch]
          - [b, conv, 3x3, 4, batch, a, batch_norm]
          - [c, conv, 3x3, 4, batch, a]
        """)
    found = {layer.name: (layer.weights, layer.norm, layer.facts.shared) for layer in net.layers}
    assert found["a"] == (144, 0, 0)
    assert found["b"] == found["c"] == (0, 0, 144)
    assert found["b/batch_norm"] == (0, 8, 0)
    assert found["c/batch_norm"] == (0, 0, 8)
    assert net.params == 144 + 2 * 8
