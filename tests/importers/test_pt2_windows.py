"""PyTorch's windows as tensors: unfolded, folded back, and elements repeated or looked up."""

from __future__ import annotations

import pytest

from costcalc.errors import CostcalcError
from costcalc.network import Network, load
from tests.importers.pt2_file import Name, Program

WINDOWS = {"kernel_size": [3, 3], "dilation": [1, 1], "padding": [1, 1], "stride": [2, 2]}


def counted(program: Program, folder, made: str = "y") -> Network:
    return load(program.write(folder / "net.pt2", [made]))


def test_windows_and_back(tmp_path):
    """Outlook attention (VOLO): 4 x 4 windows of 3 x 3 as channels, and their sums as a map."""
    program = Program()
    x = program.given("x", (1, 6, 8, 8))
    x = program.call("im2col", x, **WINDOWS, made=(1, 54, 16))
    x = program.call("mul", x, other=2.5, made=(1, 54, 16))
    program.call("col2im", x, output_size=[8, 8], **WINDOWS, out="y", made=(1, 6, 8, 8))
    net = counted(program, tmp_path)
    pad, *_, fold = net.layers
    assert (pad.op, pad.output) == ("zero_pad", (10, 10, 6))
    assert [one.output.size for one in net.layers if one.op == "elementwise"] == [54 * 16]
    assert (fold.op, fold.output, fold.facts.elementwise) == ("fold", (8, 8, 6), {"add": 54 * 16})


def test_windows_along_one_axis(tmp_path):
    """Blocks of queries with a halo (HaloNet): rows 0-3, 2-5 and 4-7 of 8."""
    program = Program()
    x = program.given("x", (1, 6, 8, 8))
    x = program.call("unfold", x, dimension=2, size=4, step=2, made=(1, 6, 3, 8, 4))
    x = program.call("permute", x, dims=[0, 2, 4, 1, 3], made=(1, 3, 4, 6, 8))
    weight = program.stored("w", (5, 8))
    program.call("linear", x, weight=weight, out="y", made=(1, 3, 4, 6, 5))
    net = counted(program, tmp_path)
    assert net.mult_adds == 3 * 4 * 6 * 8 * 5


def test_elements_that_are_repeated(tmp_path):
    program = Program()
    x = program.given("x", (1, 4, 6))
    x = program.call("repeat_interleave", x, repeats=3, dim=1, made=(1, 12, 6))
    x = program.call("tile", x, dims=[2, 1], made=(1, 24, 6))
    weight = program.stored("w", (5, 6))
    program.call("linear", x, weight=weight, out="y", made=(1, 24, 5))
    assert counted(program, tmp_path).mult_adds == 24 * 30


def test_a_matrix_of_ones_and_a_table_by_two_indices(tmp_path):
    """What is computed of constants alone is a constant, which a table has its parameters for."""
    program = Program()
    x = program.given("x", (1, 4, 4))
    ones = program.call("eye", n=4, made=(4, 4))
    table, rows = program.stored("t", (7, 9)), program.stored("i", (4, 4), "buffer", type_="int64")
    looked = program.call("index", table, indices=[rows, rows], made=(4, 4))
    x = program.call("mul", x, other=ones, made=(1, 4, 4))
    program.call("add", x, other=looked, out="y", made=(1, 4, 4))
    net = counted(program, tmp_path)
    assert [layer.op for layer in net.layers] == ["elementwise", "fixed", "position_embedding"]
    assert net.params == 7 * 9  # of the table, of whose elements 16 are added


@pytest.mark.parametrize(
    ("target", "sizes", "said", "message"),
    [
        ("unfold", (1, 6, 8, 8), {"dimension": 2, "size": 9, "step": 1}, "windows of 9, 1 apart"),
        ("unfold", (1, 6, "s7", 8), {"dimension": 2, "size": 4, "step": 1}, "windows of 4"),
        ("im2col", (1, 6, "s7", 8), WINDOWS, "an image of open sizes"),
        ("im2col", (1, 6, 8, 8), WINDOWS | {"kernel_size": [12, 3]}, "windows of 12 of 8"),
        ("repeat_interleave", (1, "s7", 8), {"repeats": 2, "dim": 1}, "a tensor of open sizes"),
        ("repeat_interleave", (1, 4, 8), {"repeats": 2}, "or all as one row"),
    ],
)
def test_refused(target, sizes, said, message, tmp_path):
    program = Program()
    program.call(target, program.given("x", sizes), **said, out="y", made=sizes)
    with pytest.raises(CostcalcError, match=message):
        counted(program, tmp_path)


def test_windows_at_computed_places(tmp_path):
    """torchvision's deformable convolution, with a mask, and pools that come to a size."""
    program = Program()
    x = program.given("x", (1, 4, 8, 8))
    offset = program.call("conv2d", x, weight=program.stored("o", (18, 4, 1, 1)),
                          made=(1, 18, 8, 8))  # fmt: skip
    mask = program.call("conv2d", x, weight=program.stored("m", (9, 4, 1, 1)), made=(1, 9, 8, 8))
    x = program.call(
        "torch.ops.torchvision.deform_conv2d.default", input=x,
        weight=program.stored("d.weight", (6, 4, 3, 3)), offset=offset, mask=mask,
        bias=program.stored("d.bias", (6,)), stride_h=1, stride_w=1, pad_h=1, pad_w=1,
        dilation_h=1, dilation_w=1, n_weight_grps=1, n_offset_grps=1, use_mask=True,
        out="deformed", made=(1, 6, 8, 8),
    )  # fmt: skip
    x = program.call("adaptive_max_pool2d", x, output_size=[4, 2], made=(1, 6, 4, 2))
    x = program.call("flatten", x, start_dim=2, made=(1, 6, 8))
    program.call("adaptive_avg_pool1d", x, output_size=[3], out="y", made=(1, 6, 3))
    net = counted(program, tmp_path)
    assert [one.op for one in net.layers if one.op not in ("to_map", "to_tokens")] == [
        "conv", "conv", "deform_conv", "maxpool", "adaptive_avgpool",
    ]  # fmt: skip
    assert net.params == 4 * 27 + 4 * 54 + 6
    assert net.mult_adds == 64 * (4 * 27 + 4 * 54)
    assert net.layers[-1].output == (3, 1, 6)


def test_the_best_positions_and_a_map_where_they_look(tmp_path):
    """The 5 best of 64 positions, and 2 places of a map for each (deformable attention)."""
    program = Program()
    x = program.given("x", (1, 6, 8, 8))
    tokens = program.call("flatten", x, start_dim=2, made=(1, 6, 64))
    scores = program.call("amax", tokens, dim=[1], made=(1, 64))
    program.call("topk", scores, k=5, out=["best", "where"], made=(1, 5))
    at = program.call("unsqueeze", Name("where"), dim=1, made=(1, 1, 5))
    at = program.call("expand", at, size=[-1, 6, -1], made=(1, 6, 5))
    chosen = program.call("gather", tokens, dim=2, index=at, made=(1, 6, 5))
    chosen = program.call("permute", chosen, dims=[0, 2, 1], made=(1, 5, 6))
    places = program.call("linear", chosen, weight=program.stored("w", (4, 6)), made=(1, 5, 4))
    places = program.call("view", places, size=[1, 5, 2, 2], made=(1, 5, 2, 2))
    program.call(
        "grid_sampler", x, grid=places, interpolation_mode=0, padding_mode=0, align_corners=False,
        out="y", made=(1, 6, 5, 2),
    )  # fmt: skip
    net = counted(program, tmp_path)
    assert [one.op for one in net.layers] == [
        "reduce", "topk", "gather", "conv", "reorder", "to_map", "grid_sample",
    ]  # fmt: skip
    assert (net.mult_adds, net.layers[-1].output) == (5 * 24, (5, 2, 6))
    assert net.layers[-1].facts.elementwise == {"mul": 4 * 60, "add": 3 * 60}


def test_a_map_that_is_turned(tmp_path):
    """A spatial transformer: a matrix of 2 x 3 says where each of 8 x 8 positions comes from."""
    program = Program()
    x = program.given("x", (1, 5, 8, 8))
    theta = program.call("mean", x, dim=[2, 3], made=(1, 5))
    theta = program.call("linear", theta, weight=program.stored("w", (6, 5)), made=(1, 6))
    theta = program.call("view", theta, size=[-1, 2, 3], made=(1, 2, 3))
    grid = program.call(
        "affine_grid_generator", theta, size=[1, 5, 8, 8], align_corners=False, made=(1, 8, 8, 2)
    )
    program.call(
        "grid_sampler", x, grid=grid, interpolation_mode=1, padding_mode=0, align_corners=False,
        out="y", made=(1, 5, 8, 8),
    )  # fmt: skip
    net = counted(program, tmp_path)
    assert (net.params, net.mult_adds, net.layers[-1].op) == (30, 30, "grid_sample")
    assert net.layers[-1].facts.elementwise == {}  # the nearest element is copied
    made = sum(layer.facts.elementwise.get("mul", 0) for layer in net.layers)
    assert made == 64 * 3 * 2


@pytest.mark.parametrize("word", ["sort", "argsort"])
def test_all_elements_in_order(word, tmp_path):
    """As many as there are, and where each was before."""
    program = Program()
    x = program.given("x", (1, 9, 6))
    out = ["y", "i"] if word == "sort" else "y"
    program.call(word, x, dim=1, descending=True, out=out, made=(1, 9, 6))
    net = counted(program, tmp_path, "i" if word == "sort" else "y")
    assert [(one.op, one.output.size) for one in net.layers] == [("topk", 54)]


def test_numbers_at_equal_distances(tmp_path):
    program = Program()
    x = program.given("x", (1, 3, 8, 8))
    line = program.call("linspace", start=0.5, end=7.5, steps=8, made=(8,))
    program.call("add", x, line, out="y", made=(1, 3, 8, 8))
    net = counted(program, tmp_path)
    assert [one.op for one in net.layers] == ["elementwise"]
    assert net.params == 0


def test_weights_that_are_standardised(tmp_path):
    """By a batch norm without parameters, each output's weights as a channel of its own."""
    program = Program()
    x, weight = program.given("x", (1, 6, 8, 8)), program.stored("w", (4, 6, 3, 3))
    flat = program.call("reshape", weight, shape=[1, 4, -1], made=(1, 4, 54))
    flat = program.call(
        "batch_norm", flat, weight=None, bias=None, running_mean=None, running_var=None,
        training=True, momentum=0.0, eps=1e-6, cudnn_enabled=True, made=(1, 4, 54),
    )  # fmt: skip
    made = program.call("reshape", flat, shape=[4, 6, 3, 3], made=(4, 6, 3, 3))
    program.call("conv2d", x, weight=made, bias=None, padding=[1, 1], out="y", made=(1, 4, 8, 8))
    net = counted(program, tmp_path)
    assert ([one.op for one in net.layers], net.params) == (["conv"], 216)
