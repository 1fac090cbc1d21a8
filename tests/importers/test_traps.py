"""What exporters write in more ways than one, each way small."""

from __future__ import annotations

import numpy as np
import pytest

from costcalc.errors import CostcalcError
from tests.covering import at_once
from tests.importers.making import model, network, operators, saved

W = {"w": (4, 3, 3, 3)}
CONV = 8 * 8 * 9 * 3 * 4
"""Mult-Adds of the convolution that these have, at 8 x 8."""

# name, nodes, weights, options, operators, params, Mult-Adds
SAME = "Conv<pads=[1,1,1,1]>"
TRAPS = [
    ("weights from Identity", f"v = Identity(w)\ny = {SAME}(x, v)", W, {}, ["conv"], 108, CONV),
    ("weights from Transpose",
     f"v = Transpose<perm=[3,2,0,1]>(w)\ny = {SAME}(x, v)", {"w": (3, 3, 3, 4)}, {},
     ["conv"], 108, CONV),
    ("weights from Reshape",
     f"v = Reshape(w, s)\ny = {SAME}(x, v)", {"w": (108,), "s": np.array([4, 3, 3, 3])}, {},
     ["conv"], 108, CONV),
    ("weights from ConstantOfShape",
     f"v = ConstantOfShape(s)\ny = {SAME}(x, v)", {"s": np.array([4, 3, 3, 3])}, {},
     ["conv"], 108, CONV),
    ("weights from DequantizeLinear",
     f"v = DequantizeLinear(w, s, z)\ny = {SAME}(x, v)",
     {**W, "s": np.float32(0.5), "z": np.int8(0)}, {"types": {"w": "INT8"}},
     ["conv"], 108, CONV),
    ("small weights that are dequantised",
     f"v = DequantizeLinear(w, s, z)\ny = {SAME}(x, v)",
     {"w": np.ones((4, 3, 3, 3), np.int8), "s": np.float32(0.5), "z": np.int8(0)}, {},
     ["conv"], 108, CONV),
    ("a position embedding that is dequantised",
     "v = DequantizeLinear(w, s, z)\ny = Add(x, v)",
     {"w": np.ones((8, 8, 8), np.int8), "s": np.float32(0.5), "z": np.int8(0)},
     {"inputs": "float[1,8,8,8] x"}, ["fixed", "position_embedding"], 512, 0),
    ("positions of what a window made a sequence",
     "a = Conv(x, w)\nb = Squeeze(a, two)\nc = Transpose<perm=[0,2,1]>(b)\nd = Add(c, p)\n"
     "y = MatMul(d, v)",
     {"w": (9, 3, 8, 1), "two": np.array([2]), "p": (8, 9), "v": (9, 5)}, {},
     ["conv", "fixed", "position_embedding", "conv"], 216 + 72 + 45, 8 * 216 + 8 * 45),
    ("a slope for each element of a sequence",
     "a = Conv(x, w)\nb = Squeeze(a, two)\ny = PRelu(b, p)",
     {"w": (4, 3, 8, 1), "two": np.array([2]), "p": (4, 8)}, {},
     ["conv", "fixed", "prelu"], 96 + 32, 8 * 96),
    ("a constant with an axis before those of a tensor, as the first of unrolled steps has",
     "a = Gemm(x, w)\nb = Add(a, c)\nd = Tanh(b)\ne = MatMul(d, v)\nf = Add(e, a)\n"
     "g = Tanh(f)\nh = Concat<axis=0>(d, g)\ni = Transpose<perm=[1,0,2]>(h)\ny = MatMul(i, u)",
     {"w": (8, 5), "c": np.ones((1, 1, 5), np.float32), "v": (5, 5), "u": (5, 2)},
     {"inputs": "float[1,8] x"},
     ["fc", "affine", "tanh", "fc", "add", "tanh", "concat", "conv"],
     40 + 5 + 25 + 10, 40 + 25 + 2 * 10),
    ("samples of a sound, however many",  # 224 of them, of which each window of 8 skips 4
     "a = Unsqueeze(x, one)\ny = Conv<strides=[4]>(a, w)", {"w": (6, 1, 8), "one": np.array([1])},
     {"inputs": "float[B,N] x"}, ["conv"], 48, (216 // 4 + 1) * 48),
    ("a number for each example",
     "u = Unsqueeze(s, one)\nm = Mul(u, f)\nc = Cos(m)\ng = Gemm(c, v)\n"
     "h = Unsqueeze(g, last)\nz = Conv<pads=[1,1,1,1]>(x, w)\ny = Add(z, h)",
     {**W, "one": np.array([1]), "f": np.arange(8, dtype=np.float32), "v": (8, 4),
      "last": np.array([2, 3])}, {"inputs": "float[1,3,8,8] x, float[1] s"},
     ["parameter", "mul", "elementwise", "fc", "conv", "add"], 8 + 32 + 108, 32 + CONV),
    ("a number for all examples",
     "u = Reshape(s, to)\nm = Mul(u, f)\nc = Cos(m)\ng = Gemm(c, v)\n"
     "h = Unsqueeze(g, last)\nz = Conv<pads=[1,1,1,1]>(x, w)\ny = Add(z, h)",
     {**W, "to": np.array([1, 1]), "f": np.arange(8, dtype=np.float32), "v": (8, 4),
      "last": np.array([2, 3])}, {"inputs": "float[1,3,8,8] x, float s"},
     ["parameter", "mul", "elementwise", "fc", "conv", "add"], 8 + 32 + 108, 32 + CONV),
    ("a vector that is no batch", "m = MatMul(s, v)\ny = Add(x, m)", {"v": (5, 8)},
     {"inputs": "float[2,3,8,8] x, float[5] s"}, ["fc", "fixed", "add"], 40, 40),
    ("where each position is", "y = Add(x, w)", {"w": (2, 8, 8)}, {"inputs": "float[1,2,8,8] x"},
     ["elementwise"], 0, 0),
    ("auto_pad", "y = Conv<auto_pad=\"SAME_UPPER\">(x, w)", W, {}, ["conv"], 108, CONV),
    ("asymmetric pads", "y = Conv<pads=[0,0,1,1], strides=[2,2]>(x, w)", W, {}, ["conv"],
     108, CONV // 4),
    ("deformable",
     "o = Conv<pads=[1,1,1,1]>(x, v)\nm = Conv<pads=[1,1,1,1]>(x, u)\n"
     "y = DeformConv<pads=[1,1,1,1]>(x, w, o, b, m)",
     {**W, "v": (18, 3, 3, 3), "u": (9, 3, 3, 3), "b": (4,)}, {"opset": 19},
     ["conv", "conv", "deform_conv"], 27 * 31 + 4, 64 * 27 * 31),
    ("a sampled map",
     "o = Conv(x, v)\ng = Transpose<perm=[0,2,3,1]>(o)\ns = GridSample(x, g)\ny = Conv(s, w)",
     {**W, "v": (2, 3, 1, 1)}, {"opset": 16},
     ["conv", "grid_sample", "conv"], 6 + 108, 64 * 6 + 6 * 6 * 108),
    ("a map sampled where every image is",
     "y = GridSample(x, g)", {"g": (1, 5, 4, 2)}, {"opset": 16}, ["grid_sample"], 0, 0),
    ("the best positions",
     "f = Reshape(x, s)\nm = ReduceMax<axes=[1], keepdims=0>(f)\nv, i = TopK(m, k)\n"
     "u = Unsqueeze(i, one)\ne = Expand(u, t)\ng = GatherElements<axis=2>(f, e)\n"
     "p = Transpose<perm=[0,2,1]>(g)\ny = MatMul(p, z)",
     {"s": np.array([1, 3, 64]), "k": np.array([10]), "one": np.array([1]),
      "t": np.array([1, 3, 10]), "z": (3, 5)}, {"opset": 13},
     ["fixed", "reduce", "topk", "gather", "conv"], 15, 10 * 15),
    ("the best positions of a batch of one",
     "f = Reshape(x, s)\nm = ReduceMax<axes=[0], keepdims=0>(f)\nv, i = TopK(m, k)\n"
     "y = Gather<axis=1>(f, i)",
     {"s": np.array([3, 64]), "k": np.array([10])}, {"opset": 13},
     ["fixed", "reduce", "topk", "gather"], 0, 0),
    ("the best positions of a batch of one, by their indices",
     "f = Reshape(x, s)\nm = ReduceMax<axes=[0], keepdims=0>(f)\nv, i = TopK(m, k)\n"
     "u = Unsqueeze(i, one)\nt = Transpose(f)\ny = GatherND(t, u)",
     {"s": np.array([3, 64]), "k": np.array([10]), "one": np.array([1])}, {"opset": 13},
     ["fixed", "reduce", "topk", "gather"], 0, 0),
    ("nothing before a tensor", "c = Concat<axis=1>(e, x)\ny = Conv(c, w)",
     {"e": (1, 0, 8, 8), "w": (4, 3, 1, 1)}, {}, ["conv"], 12, 64 * 12),
    ("the best positions of the first example",
     "f = Reshape(x, s)\nt = Transpose<perm=[0,2,1]>(f)\nm = ReduceMax<axes=[2], keepdims=0>(t)\n"
     "v, i = TopK(m, k)\nr = Reshape(i, t1)\nc = Concat<axis=-1>(zeros, r)\ny = GatherND(t, c)",
     {"s": np.array([1, 3, 64]), "k": np.array([10]), "t1": np.array([10, 1]),
      "zeros": np.zeros((10, 1), np.int64)}, {"opset": 13},
     ["fixed", "reduce", "topk", "gather"], 0, 0),
    ("where the best positions are, and what is trained for each",
     "f = Reshape(x, s)\nm = ReduceMax<axes=[0], keepdims=0>(f)\nv, i = TopK(m, k)\n"
     "a = Gather(anchors, i)\nb = Gather(words, i)\ny = Concat<axis=1>(a, b)",
     {"s": np.array([3, 64]), "k": np.array([10]), "anchors": (64, 4), "words": (64, 5)},
     {"opset": 13},
     ["fixed", "reduce", "topk", "gather", "parameter", "gather", "concat"], 64 * 5, 0),
    ("the largest channels of each position",
     "v, i = TopK<axis=1, k=2>(x)\ny = GatherElements<axis=1>(x, i)", {}, {"opset": 9},
     ["topk", "gather"], 0, 0),
    ("a vector repeated along every axis",
     "r = Reshape(x, s)\nt = Tile(r, n)\ny = Conv(t, w)",
     {"s": np.array([1, 1, 1, 192]), "n": np.array([1, 3, 4, 2]), "w": (5, 3, 1, 1)}, {},
     ["fixed", "resize", "resize", "reorder", "conv"], 15, 15 * 4 * 384),
    ("a product with a vector",
     "r = Reshape(x, s)\nf = Transpose<perm=[0,2,1]>(r)\nm = MatMul(f, v)\n"
     "u = Unsqueeze(m, two)\ny = MatMul(u, z)",
     {"s": np.array([1, 3, 64]), "v": (3,), "two": np.array([2]), "z": (1, 7)}, {"opset": 13},
     ["fixed", "conv", "conv"], 3 + 7, 64 * (3 + 7)),
    ("an equation of constants",
     "e = Einsum<equation=\"m,d->md\">(a, b)\ns = Sin(e)\nq = Reshape(x, r)\n"
     "f = Transpose<perm=[0,2,1]>(q)\nc = Add(f, s)\ny = MatMul(c, z)",
     {"a": (64,), "b": (3,), "r": np.array([1, 3, 64]), "z": (3, 5)}, {"opset": 13},
     ["fixed", "elementwise", "conv"], 15, 64 * 15),
    ("weights and biases that are computed",
     "m = GlobalAveragePool(x)\nf = Flatten(m)\nd = Gemm(f, v)\nr = Reshape(d, s)\n"
     "e = Gemm(f, u)\nb = Reshape(e, t)\ny = Conv<pads=[1,1,1,1], strides=[2,2]>(x, r, b)",
     {"v": (3, 108), "s": np.array([4, 3, 3, 3]), "u": (3, 4), "t": np.array([4])}, {},
     ["gpool", "fc", "fc", "dynamic_conv"], 324 + 12, 324 + 12 + 16 * 108),
    ("weights that are computed, and biases that are not",
     "m = GlobalAveragePool(x)\nf = Flatten(m)\nd = Gemm(f, v)\nr = Reshape(d, s)\n"
     "y = Conv<pads=[1,1,1,1], group=3>(x, r, b)",
     {"v": (3, 27), "s": np.array([3, 1, 3, 3]), "b": (3,)}, {},
     ["gpool", "fc", "dynamic_conv", "affine"], 81 + 3, 81 + 64 * 27),
    ("no padding", "y = Conv(x, w)", W, {}, ["conv"], 108, 6 * 6 * 108),
    ("ceil_mode", "y = MaxPool<kernel_shape=[3,3], strides=[2,2], ceil_mode=1>(x)", {}, {},
     ["maxpool"], 0, 0),
    ("Clip of opset 6", "y = Clip<min=0.0, max=6.0>(x)", {}, {"opset": 6}, ["relu6"], 0, 0),
    ("Clip of opset 11", "y = Clip(x, a, b)", {"a": np.float32(0), "b": np.float32(6)}, {},
     ["relu6"], 0, 0),
    ("slopes of one for all", "y = PRelu(x, s)", {"s": (1,)}, {}, ["prelu"], 1, 0),
    ("slopes of channels", "y = PRelu(x, s)", {"s": (3, 1, 1)}, {}, ["prelu"], 3, 0),
    ("slopes of elements", "y = PRelu(x, s)", {"s": (3, 8, 8)}, {}, ["fixed", "prelu"], 192, 0),
    ("Squeeze and Unsqueeze of opset 11",
     "a = GlobalAveragePool(x)\nb = Squeeze<axes=[2,3]>(a)\nc = Unsqueeze<axes=[2,3]>(b)\n"
     "y = Conv(c, w)", {"w": (4, 3, 1, 1)}, {"opset": 11}, ["gpool", "conv"], 12, 12),
    ("Squeeze of opset 13",
     "a = GlobalAveragePool(x)\nb = Squeeze(a, s)\ny = Gemm<transB=1>(b, w)",
     {"s": np.array([2, 3]), "w": (5, 3)}, {}, ["gpool", "fc"], 15, 15),
    ("ReduceMean of opset 13", "y = ReduceMean<axes=[2,3], keepdims=0>(x)", {}, {"opset": 13},
     ["gpool"], 0, 0),
    ("ReduceMean of opset 18", "y = ReduceMean<keepdims=0>(x, a)", {"a": np.array([-1, -2])},
     {"opset": 18}, ["gpool"], 0, 0),
    ("Gemm of weights as they are", "a = Flatten(x)\ny = Gemm(a, w, b)",
     {"w": (192, 10), "b": (10,)}, {}, ["flatten", "fc"], 1930, 1920),
    ("Gemm of transposed weights", "a = Flatten(x)\ny = Gemm<transB=1>(a, w, b)",
     {"w": (10, 192), "b": (10,)}, {}, ["flatten", "fc"], 1930, 1920),
    ("MatMul and Add", "a = Flatten(x)\nm = MatMul(a, w)\ny = Add(m, b)",
     {"w": (192, 10), "b": (10,)}, {}, ["flatten", "fc"], 1930, 1920),
    ("Add and MatMul the other way", "a = Flatten(x)\nm = MatMul(a, w)\ny = Add(b, m)",
     {"w": (192, 10), "b": (10,)}, {}, ["flatten", "fc"], 1930, 1920),
    ("one constant of two layers", f"a = {SAME}(x, w)\nb = {SAME}(a, w)\ny = Relu(b)",
     {"w": (3, 3, 3, 3)}, {}, ["conv", "conv", "relu"], 81, 2 * 64 * 81),
    ("fp16", f"y = {SAME}(x, w)", W, {"types": {"w": "FLOAT16"}}, ["conv"], 108, CONV),
    ("bf16", f"y = {SAME}(x, w)", W, {"types": {"w": "BFLOAT16"}}, ["conv"], 108, CONV),
    ("a quantised convolution",
     "y = QLinearConv<pads=[1,1,1,1]>(x, s, z, w, s, z, s, z, b)",
     {**W, "s": np.float32(0.1), "z": np.uint8(0), "b": (4,)},
     {"types": {"w": "INT8", "b": "INT32"}}, ["conv"], 112, CONV),
    ("Q and DQ around a layer",
     "a = QuantizeLinear(x, s, z)\nc = DequantizeLinear(a, s, z)\n"
     f"y = {SAME}(c, w)", {**W, "s": np.float32(0.1), "z": np.uint8(0)}, {}, ["conv"], 108, CONV),
    ("a batch norm that is kept", f"a = {SAME}(x, w)\n"
     "y = BatchNormalization(a, g, h, m, v)",
     {**W, "g": (4,), "h": (4,), "m": (4,), "v": (4,)}, {}, ["conv", "batch_norm"], 116, CONV),
    ("NHWC that begins with a Transpose",
     f"a = Transpose<perm=[0,3,1,2]>(x)\nb = {SAME}(a, w)\ny = Transpose<perm=[0,2,3,1]>(b)", W,
     {"inputs": "float[1,8,8,3] x"}, ["conv"], 108, CONV),
    ("depthwise with a multiplier", "y = Conv<group=3, pads=[1,1,1,1]>(x, w)", {"w": (6, 1, 3, 3)},
     {}, ["dw"], 54, 64 * 54),
    ("grouped", "y = Conv<group=3, pads=[1,1,1,1]>(x, w)", {"w": (6, 2, 3, 3)},
     {"inputs": "float[1,6,8,8] x"}, ["conv"], 108, 64 * 108),
    ("a channel shuffle", f"a = {SAME}(x, w)\nb = Reshape(a, s)\n"
     "c = Transpose<perm=[0,2,1,3,4]>(b)\ny = Reshape(c, t)",
     {**W, "s": np.array([0, 2, 2, 8, 8]), "t": np.array([0, 4, 8, 8])}, {},
     ["conv", "fixed"], 108, CONV),
    ("sequences", "y = Conv<pads=[1,1]>(x, w)", {"w": (4, 3, 3)},
     {"inputs": "float[1,3,20] x"}, ["conv"], 36, 20 * 36),
    ("a resize by a factor", "y = Resize<mode=\"nearest\">(x, e, s)",
     {"e": np.zeros(0, np.float32), "s": np.float32([1, 1, 2, 2])}, {}, ["upsample"], 0, 0),
    ("an Upsample of opset 9", "y = Upsample<mode=\"linear\">(x, s)",
     {"s": np.float32([1, 1, 2, 2])}, {"opset": 9}, ["upsample"], 0, 0),
    ("zeros around a map", "p = Pad(x, s)\ny = Conv(p, w)",
     {**W, "s": np.array([0, 0, 1, 1, 0, 0, 1, 1])}, {}, ["zero_pad", "conv"], 108, CONV),
    ("a pad of nothing", "p = Pad(x, s)\ny = Conv(p, w)", {**W, "s": np.zeros(8, np.int64)}, {},
     ["conv"], 108, 6 * 6 * 108),
    ("a product with a gate", "a = GlobalAveragePool(x)\nb = Sigmoid(a)\ny = Mul(x, b)", {}, {},
     ["gpool", "sigmoid", "mul"], 0, 0),
    ("a scale and a shift per channel", "a = Mul(x, w)\ny = Add(a, b)",
     {"w": (3, 1, 1), "b": (1, 3, 1, 1)}, {}, ["affine", "affine"], 6, 0),
    ("a transposed convolution", "y = ConvTranspose<strides=[2,2]>(x, w, b)",
     {"w": (3, 1, 2, 2), "b": (1,)}, {"inputs": "float[1,3,2,2] x"}, ["tconv"], 13, 48),
    ("pixel shuffle", "y = DepthToSpace<blocksize=2>(x)", {}, {"inputs": "float[1,12,8,8] x"},
     ["depth_to_space"], 0, 0),
    ("a norm that is spread over channels",
     "n = ReduceL2<axes=[1], keepdims=1>(x)\ns = Shape(x)\ne = Expand(n, s)\ny = Div(x, e)",
     {}, {"opset": 13}, ["reduce", "div"], 0, 0),
    ("a padding that is computed",
     "s = Shape(x)\nh = Gather(s, i)\nf = Cast<to=1>(h)\nd = Div(f, two)\nu = Ceil(d)\n"
     "c = Cast<to=7>(u)\nm = Sub(c, one)\nt = Mul(m, twice)\na = Add(t, three)\n"
     "p = Sub(a, h)\nq = Clip(p, none)\nz = Concat<axis=0>(o, o, o, o, o, o, q, q)\n"
     "b = Pad(x, z)\ny = Conv<strides=[2,2]>(b, w)",
     {**W, "i": np.array([2]), "two": np.float32([2]), "one": np.array([1]),
      "twice": np.array([2]), "three": np.array([3]), "none": np.array(0), "o": np.array([0])},
     {"inputs": "float[1,3,7,7] x"}, ["zero_pad", "conv"], 108, 4 * 4 * 108),
    ("a product with what is the same for all groups",
     "a = Reshape(x, s)\nt = Transpose<perm=[0,2,1]>(x)\nb = Unsqueeze(t, o)\nm = MatMul(a, b)\n"
     "y = Relu(m)", {"s": np.array([1, 2, 2, 6]), "o": np.array([1])},
     {"inputs": "float[1,4,6] x"}, ["fixed", "matmul", "relu"], 0, 4 * 6 * 4),
    ("a product for each group of the other",
     "a = Reshape(x, s)\nt = Transpose<perm=[0,1,3,2]>(a)\nb = Unsqueeze(x, o)\n"
     "m = MatMul(b, t)\ny = Relu(m)", {"s": np.array([1, 2, 2, 6]), "o": np.array([1])},
     {"inputs": "float[1,4,6] x"}, ["fixed", "matmul", "relu"], 0, 4 * 6 * 4),
    ("matrices of weights that all meet the same rows",
     "a = Unsqueeze(x, o)\nm = MatMul(w, a)\nt = Transpose<perm=[0,2,1,3]>(m)\ny = Relu(t)",
     {"o": np.array([1]), "w": (1, 5, 3, 4)}, {"inputs": "float[1,4,6] x"},
     ["fixed", "reorder", "conv"], 60, 6 * 60),
    ("a threshold that is trained", "y = Max(x, w)", {"w": (1, 3, 1, 1)}, {}, ["affine"], 3, 0),
    ("a divisor that is trained", "y = Div(x, w)", {"w": (1, 3, 1, 1)}, {}, ["affine"], 3, 0),
    ("positions that are interpolated",
     "p = Resize<mode=\"cubic\">(w, e, e, s)\ny = Add(x, p)",
     {"w": (1, 3, 7, 7), "e": np.zeros(0, np.float32), "s": np.array([1, 3, 8, 8])}, {},
     ["elementwise"], 0, 0),
    ("a map that is stretched along one axis", "y = Resize<axes=[3]>(x, e, e, s)",
     {"s": np.array([20]), "e": np.zeros(0, np.float32)},
     {"inputs": "float[1,3,8,8] x", "opset": 18}, ["fixed", "resize"], 0, 0),
    ("windows back to their image",
     "a = Conv<strides=[2,2], pads=[1,1,1,1]>(x, w)\nf = Reshape(a, s)\n"
     "y = Col2Im<strides=[2,2], pads=[1,1,1,1], dilations=[1,1]>(f, i, b)",
     {"w": (18, 3, 3, 3), "s": np.array([0, 18, 16]), "i": np.array([8, 8]),
      "b": np.array([3, 3])}, {"opset": 18}, ["conv", "fixed", "fold"], 486, 16 * 486),
    ("zeros around what is left of a stack of maps",
     "a = Reshape(x, s)\nr = ReduceSum<axes=[1], keepdims=0>(a)\n"
     "p = Pad<pads=[0,0,1,1,0,0,1,1]>(r)\ny = Conv(p, w)",
     {"s": np.array([0, 2, 3, 8, 8]), "w": (4, 3, 3, 3)},
     {"inputs": "float[1,6,8,8] x", "opset": 10}, ["fixed"], 108, CONV),
    ("weights that are stored as one matrix for queries, keys and values",
     "p, q, r = Split<axis=0, split=[4,4,8]>(w)\na = Transpose(p)\nb = Transpose(q)\n"
     "c = Transpose(r)\nd = MatMul(x, a)\ne = MatMul(x, b)\nf = MatMul(x, c)\n"
     "y = Concat<axis=1>(d, e, f)", {"w": (16, 5)}, {"inputs": "float[1,5] x", "opset": 12},
     ["fc", "fc", "fc", "concat"], 80, 80),
    ("a slice of weights that two layers have",
     "v = Slice(w, z, n, z)\na = Conv(x, v)\nb = Conv(x, v)\ny = Add(a, b)",
     {"w": (9, 3, 1, 1), "z": np.array([0]), "n": np.array([4])}, {}, ["conv", "conv", "add"],
     12, 2 * 64 * 12),
    ("windows that do not divide the usual size",
     "a = MaxPool<kernel_shape=[32,32], strides=[32,32]>(x)\nb = Reshape(a, s)\n"
     "y = Transpose<perm=[0,1,3,2,4,5]>(b)", {"s": np.array([0, 3, -1, 2, 4, 2])},
     {"inputs": "float[1,3,H,W] x"}, ["maxpool"], 0, 0),
    ("channels that are repeated", "a = Tile(x, r)\ny = Conv(a, w)",
     {"r": np.array([1, 2, 1, 1]), "w": (4, 6, 1, 1)}, {}, ["resize", "reorder", "conv"],
     24, 64 * 24),
    ("coordinates beside channels", "a = Concat<axis=1>(x, w)\ny = Conv(a, v)",
     {"w": (1, 2, 8, 8), "v": (4, 5, 1, 1)}, {}, ["fixed", "concat", "conv"], 20, 64 * 20),
    ("tokens between a sequence's own",
     "a = Slice(x, z, o, o)\nb = Slice(x, o, n, o)\ny = Concat<axis=1>(a, w, b)",
     {"w": (1, 4, 6), "z": np.array([0]), "o": np.array([1]), "n": np.array([5])},
     {"inputs": "float[1,5,6] x"}, ["reorder", "class_token"], 24, 0),
    ("a sum along an axis", "y = CumSum(x, a)", {"a": np.array(1)}, {}, ["elementwise"], 0, 0),
    ("a product along an axis", "a = ReduceProd<axes=[2,3]>(x)\ny = Conv(a, w)",
     {"w": (4, 3, 1, 1)}, {}, ["reduce", "conv"], 12, 12),
    ("a condition that is constant",
     "y = If<then_branch = a () => (float[N] t) { t = Relu(x) },"
     " else_branch = b () => (float[N] u) { u = Sigmoid(x) }>(c)",
     {"c": np.array(True)}, {}, ["relu"], 0, 0),
]  # fmt: skip


@at_once(
    ("nodes", "weights", "options", "ops", "params", "mult_adds"),
    [row[1:] for row in TRAPS],
)
def test_trap(nodes, weights, options, ops, params, mult_adds, tmp_path):
    net = network(model(nodes, weights, **options), tmp_path)
    found = [op for op in operators(net) if op not in ("to_map",)]
    assert found[: len(ops)] == ops
    assert (net.params, net.mult_adds) == (params, mult_adds)
    quantised = "DequantizeLinear(w" in nodes or "QLinearConv" in nodes
    assert {one.bits for one in net.layers if one.weights} <= {8 if quantised else 32, 16}


# name, nodes, weights, options, message
REFUSED = [
    ("unknown operators", "a = Loop1(x)\nb = Fancy(a)\ny = Fancy(b)", {}, {},
     ["operators that are not counted here", "2 Fancy: ", "1 Loop1: "]),
    ("a recurrent layer", "a = Squeeze(x)\ny = LSTM<hidden_size=4>(a, w, w)", {"w": (1, 16, 8)}, {},
     ["LSTM"]),
    ("three dimensions", "y = Conv(x, w)", {"w": (4, 3, 3, 3, 3)},
     {"inputs": "float[1,3,8,8,8] x"}, ["three-dimensional layers are not counted"]),
    ("weights that are computed", "y = ConvTranspose(x, x)", {}, {},
     ["its weights are no constant"]),
    ("channels that do not meet", "y = Conv(x, w)", {"w": (4, 5, 3, 3)}, {},
     ["weights for 5 channels meet 3"]),
    ("a kernel that does not fit", "y = Conv(x, w)", {"w": (4, 3, 9, 9)}, {},
     ["a kernel of 9 is larger than its input of 8"]),
    ("a reshape that does not fit", "y = Reshape(x, s)", {"s": np.array([1, 5, 7])}, {},
     ["are not rearranged to 1x5x7"]),
    ("a shape that the input decides", "s = Cast<to=7>(x)\ny = Reshape(x, s)", {}, {},
     ["depends on the input's values"]),
    ("words", "y = Gather(w, x)", {"w": (100, 8)}, {}, ["embeddings of words are not counted"]),
    ("a circle", "a = Add(x, b)\nb = Relu(a)\ny = Relu(b)", {}, {}, ["depends on its own output"]),
    ("a condition that the input decides",
     "c = Cast<to=9>(x)\ny = If<then_branch = a () => (float[N] t) { t = Relu(x) },"
     " else_branch = b () => (float[N] u) { u = Sigmoid(x) }>(c)", {}, {}, ["If"]),
]  # fmt: skip


@at_once(
    ("nodes", "weights", "options", "messages"),
    [row[1:] for row in REFUSED],
)
def test_refused(nodes, weights, options, messages, tmp_path):
    with pytest.raises(CostcalcError) as error:
        network(model(nodes, weights, **options), tmp_path)
    for message in messages:
        assert message in str(error.value)


def test_a_size_that_a_weight_holds_for(tmp_path):
    """A fully connected layer behind a map was trained at one size."""
    proto = model("a = Flatten(x)\ny = Gemm<transB=1>(a, w)", {"w": (10, 192)})
    assert network(proto, tmp_path).mult_adds == 1920
    with pytest.raises(CostcalcError, match="weights for 192 inputs meet 768"):
        network(proto, tmp_path, res=16)


MEAN = "ReduceMean<axes=[-1]>"
SPELLED = [
    ("swish", "s = Sigmoid(x)\ny = Mul(s, x)", {}),
    ("hswish", "a = Add(x, t)\nc = Clip<min=0.0, max=6.0>(a)\nm = Mul(x, c)\ny = Div(m, v)",
     {"t": np.float32(3), "v": np.float32(6)}),
    ("hswish", "s = HardSigmoid<alpha=0.16666667, beta=0.5>(x)\ny = Mul(x, s)", {}),
    ("hsigmoid", "a = Add(t, x)\nc = Clip<min=0.0, max=6.0>(a)\ny = Mul(c, v)",
     {"t": np.float32(3), "v": np.float32(1 / 6)}),
    ("mish", "a = Softplus(x)\nb = Tanh(a)\ny = Mul(x, b)", {}),
    ("gelu", "a = Div(x, r)\nb = Erf(a)\nc = Add(b, o)\nd = Mul(x, c)\ny = Mul(d, h)",
     {"r": np.float32(2**0.5), "o": np.float32(1), "h": np.float32(0.5)}),
    ("gelu", "a = Mul(x, r)\nb = Erf(a)\nc = Add(o, b)\nd = Mul(h, x)\ny = Mul(d, c)",
     {"r": np.float32(2**-0.5), "o": np.float32(1), "h": np.float32(0.5)}),
    ("gelu", "a = Pow(x, t)\nb = Mul(a, k)\nc = Add(x, b)\nd = Mul(c, s)\ne = Tanh(d)\n"
     "f = Add(e, o)\ng = Mul(x, f)\ny = Mul(g, h)",
     {"t": np.float32(3), "k": np.float32(0.044715), "s": np.float32((2 / np.pi) ** 0.5),
      "o": np.float32(1), "h": np.float32(0.5)}),
    ("softmax", "m = ReduceMax<axes=[-1]>(x)\na = Sub(x, m)\nb = Exp(a)\n"
     "s = ReduceSum<axes=[-1]>(b)\ny = Div(b, s)", {}),
    ("layer_norm", f"m = {MEAN}(x)\nd = Sub(x, m)\nq = Pow(d, t)\nv = {MEAN}(q)\n"
     "a = Add(v, e)\nr = Sqrt(a)\nn = Div(d, r)\ng = Mul(n, w)\ny = Add(g, b)",
     {"t": np.float32(2), "e": np.float32(1e-5), "w": (8,), "b": (8,)}),
    ("layer_norm", f"m = {MEAN}(x)\nd = Sub(x, m)\nf = Sub(x, m)\nq = Mul(f, f)\nv = {MEAN}(q)\n"
     "a = Add(e, v)\nr = Sqrt(a)\ni = Reciprocal(r)\nn = Mul(i, d)\ng = Mul(w, n)\ny = Add(b, g)",
     {"e": np.float32(1e-5), "w": (8,), "b": (8,)}),
    ("rms_norm", f"q = Mul(x, x)\nv = {MEAN}(q)\na = Add(v, e)\nr = Sqrt(a)\ni = Reciprocal(r)\n"
     "n = Mul(x, i)\ny = Mul(n, w)", {"e": np.float32(1e-5), "w": (8,)}),
]  # fmt: skip


@at_once(("op", "nodes", "weights"), SPELLED)
def test_spelled_out(op, nodes, weights, tmp_path):
    """An operator in primitive nodes is the operator."""
    options = {} if "Clip" in nodes else {"opset": 13}
    options = {"opset": 9} if "Clip" in nodes or "ReduceSum" in nodes else options
    net = network(model(nodes, weights, inputs="float[1,5,8] x", **options), tmp_path)
    assert operators(net) == [op]
    assert net.params == sum(8 for given in weights.values() if given == (8,))


# op, over which axes, the shape of scale and shift, operators, params
SCALED = [
    ("[1,2,3]", (3, 8, 8), ["layer_norm"], 384),
    ("[1,2,3]", (3, 1, 1), ["layer_norm", "affine", "affine"], 6),
    ("[1,2,3]", (8,), ["layer_norm", "affine", "affine"], 16),
    ("[1,2,3]", (1,), ["layer_norm", "elementwise", "elementwise"], 0),
    ("[2,3]", (3, 1, 1), ["instance_norm"], 6),
    ("[2,3]", (8, 8), ["instance_norm", "affine", "affine"], 128),
    ("[1]", (3, 1, 1), ["layer_norm"], 6),
]  # fmt: skip


@pytest.mark.parametrize(("axes", "shape", "ops", "params"), SCALED)
def test_what_a_spelled_out_norm_is_scaled_by(axes, shape, ops, params, tmp_path):
    """A scale has its own elements, wherever it is repeated."""
    mean = f"ReduceMean<axes={axes}>"
    nodes = (
        f"m = {mean}(x)\nd = Sub(x, m)\nq = Mul(d, d)\nv = {mean}(q)\na = Add(v, e)\n"
        "r = Sqrt(a)\nn = Div(d, r)\ng = Mul(n, w)\ny = Add(g, b)"
    )
    weights = {"e": np.float32(1e-5), "w": shape, "b": shape}
    net = network(model(nodes, weights, opset=13), tmp_path)
    views = ("flatten", "to_map", "reorder")
    assert [op for op in operators(net) if op not in views] == ops
    assert net.params == params


def test_tensors_that_repeat_one_another(tmp_path):
    """Distances of 16 positions to 6 centres of 3 channels (NetVLAD, arXiv:1511.07247)."""
    nodes = (
        "f = Reshape(x, s)\nu = Unsqueeze<axes=[1]>(f)\nd = Sub(u, centres)\n"
        "y = ReduceSum<axes=[3], keepdims=0>(d)"
    )
    weights = {"s": np.array([0, 3, 16]), "centres": (1, 6, 3, 1)}
    net = network(model(nodes, weights, "float[1,3,4,4] x", opset=12), tmp_path)
    joined = next(layer for layer in net.layers if layer.op == "add")
    assert sorted(joined.output) == [3, 6, 16]
    assert net.layers[-1].output.size == 18


def test_colours_that_an_image_is_normalised_by(tmp_path):
    """What PyTorch writes into the graph is no parameter of a module."""
    nodes = "m = Constant<value = float[3,1,1] {0.4, 0.5, 0.6}>()\na = Sub(x, m)\ny = Conv(a, w)"
    for producer, params in (("pytorch", 12), ("another", 15)):
        proto = model(nodes, {"w": (4, 3, 1, 1)})
        proto.producer_name = producer
        assert network(proto, tmp_path).params == params


def test_a_norm_that_another_tensor_scales(tmp_path):
    nodes = (
        "p = Conv(x, v)\nt = Transpose<perm=[0,2,3,1]>(x)\nn = LayerNormalization(t, w)\n"
        "u = Transpose<perm=[0,3,1,2]>(n)\ny = Mul(u, p)"
    )
    whole = network(model(nodes, {"v": (3, 3, 1, 1), "w": (3,)}), tmp_path)
    fused = (
        "p = Conv(x, v)\nt = Transpose<perm=[0,2,3,1]>(x)\nq = Transpose<perm=[0,2,3,1]>(p)\n"
        "y = LayerNormalization(t, q)"
    )
    scaled = network(model(fused, {"v": (3, 3, 1, 1)}), tmp_path)
    assert operators(scaled) == operators(whole) == ["conv", "layer_norm", "mul"]
    assert (whole.params, scaled.params) == (12, 9)


@pytest.mark.parametrize(
    ("by", "named", "params"),
    [("pytorch", False, 0), ("pytorch", True, 6), ("a quantiser", False, 0)],
)
def test_ones_that_no_training_changes(by, named, params, tmp_path):
    """PyTorch's exporters write ones for a norm that has no scale, under no parameter's name."""
    scale, shift = ("weight", "bias") if named else ("val_1", "val_2")
    parts = {scale: np.ones(3, np.float32), shift: np.zeros(3, np.float32)}
    proto = model(f"y = InstanceNormalization(x, {scale}, {shift})", parts)
    proto.producer_name = by
    net = network(proto, tmp_path)
    assert (operators(net), net.params) == (["instance_norm"], params)


@pytest.mark.parametrize("named", ["onnx::Mul_{}", "val_{}", "net.norm.{}"])
def test_ones_that_training_has_not_changed_yet(named, tmp_path):
    """Steps after a norm are written for parameters alone, which begin as ones and zeros."""
    parts = {
        "split": np.array([0, 2, -1]), "whole": np.array([0, 4, 8, 8]),
        "n1": np.ones(2, np.float32), "n2": np.zeros(2, np.float32),
        "n3": np.ones((4, 1, 1), np.float32), "n4": np.zeros((4, 1, 1), np.float32),
    }  # fmt: skip
    nodes = (
        "a = Reshape(x, split)\nb = InstanceNormalization(a, n1, n2)\n"
        "c = Reshape(b, whole)\nd = Mul(c, n3)\ny = Add(d, n4)"
    )
    proto = model(nodes, parts, "float[1,4,8,8] x")
    proto.producer_name = "pytorch"
    names = {f"n{i}": named.format(i) for i in (1, 2, 3, 4)}  # which the text cannot say
    for node in proto.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
    for constant in proto.graph.initializer:
        constant.name = names.get(constant.name, constant.name)
    net = network(proto, tmp_path)
    assert (operators(net)[-2:], net.params) == (["affine", "affine"], 8)


def test_what_is_nearly_an_operator_is_none(tmp_path):
    nodes = "a = Add(x, t)\nc = Clip<min=0.0, max=6.0>(a)\nm = Mul(x, c)\ny = Div(m, v)"
    numbers = {"t": np.float32(3), "v": np.float32(5)}  # hard swish divides by 6
    net = network(model(nodes, numbers, opset=9), tmp_path)
    assert operators(net) == ["elementwise", "relu6", "mul", "elementwise"]


def attention(scale_first, mask):
    split = "".join(
        f"{n}1 = MatMul(x, w{n})\n{n}2 = Reshape({n}1, h)\n{n} = Transpose<perm=[0,2,1,3]>({n}2)\n"
        for n in "qkv"
    )
    return (
        f"{split}{'q3 = Mul(q, s)' if scale_first else 'q3 = Identity(q)'}\n"
        "kt = Transpose<perm=[0,1,3,2]>(k)\na = MatMul(q3, kt)\n"
        f"{'b = Identity(a)' if scale_first else 'b = Div(a, s)'}\n"
        f"{'m = Add(b, mask)' if mask else 'm = Identity(b)'}\n"
        "p = Softmax<axis=-1>(m)\no = MatMul(p, v)\nt = Transpose<perm=[0,2,1,3]>(o)\n"
        "r = Reshape(t, f)\ny = MatMul(r, wo)"
    )


@pytest.mark.parametrize("scale_first", [True, False])
@pytest.mark.parametrize("mask", [True, False])
def test_attention_spelled_out(scale_first, mask, tmp_path):
    """Products, scale, mask and softmax are one operator, with 4 heads of 8 over 10 tokens."""
    weights = {f"w{n}": (32, 32) for n in "qkvo"} | {
        "h": np.array([0, 0, 4, 8]), "f": np.array([0, 0, 32]), "s": np.float32(2.8),
        "mask": np.zeros((1, 1, 10, 10), np.float32),
    }  # fmt: skip
    net = network(model(attention(scale_first, mask), weights, "float[1,10,32] x"), tmp_path)
    assert operators(net) == ["conv", "conv", "conv", "attention", "conv"]
    assert net.mult_adds == 4 * 10 * 32 * 32 + 2 * 10 * 10 * 32


def test_a_softmax_that_is_guarded(tmp_path):
    """Rows of which no key is seen are zeros; what is masked is the same in all heads."""
    nodes = attention(False, True).replace(
        "o = MatMul(p, v)", "i = IsNaN(p)\np2 = Where(i, zero, p)\no = MatMul(p2, v)"
    )
    weights = {f"w{n}": (32, 32) for n in "qkvo"} | {
        "h": np.array([0, 0, 4, 8]), "f": np.array([0, 0, 32]), "s": np.float32(2.8),
        "mask": (1, 1, 10, 10), "zero": np.float32(0),
    }  # fmt: skip
    net = network(model(nodes, weights, "float[1,10,32] x"), tmp_path)
    assert operators(net) == ["conv", "conv", "conv", "attention", "conv"]
    assert net.params == 4 * 32 * 32
    own = network(model(nodes, weights | {"mask": (1, 4, 10, 10)}, "float[1,10,32] x"), tmp_path)
    assert own.params == net.params + 400


@pytest.mark.parametrize(
    "repeated",
    [
        "{n}3 = Unsqueeze({n}2, ax)\n{n}4 = Expand({n}3, to)\n{n} = Reshape({n}4, all)\n",
        "{n} = Tile({n}2, times)\n",
    ],
)
def test_keys_and_values_that_several_heads_share(repeated, tmp_path):
    """Eight heads of queries read two of keys and values (arXiv:2305.13245, Section 2.2)."""
    own = "".join(
        f"{n}0 = MatMul(x, w{n})\n{n}1 = Reshape({n}0, h)\n"
        f"{n}2 = Transpose<perm=[0,2,1,3]>({n}1)\n{repeated.format(n=n)}"
        for n in "kv"
    )
    nodes = (
        "q0 = MatMul(x, wq)\nq1 = Reshape(q0, hq)\nq = Transpose<perm=[0,2,1,3]>(q1)\n"
        f"{own}kt = Transpose<perm=[0,1,3,2]>(k)\na = MatMul(q, kt)\np = Softmax<axis=-1>(a)\n"
        "o = MatMul(p, v)\nt = Transpose<perm=[0,2,1,3]>(o)\ny = Reshape(t, f)"
    )
    weights = {
        "wq": (32, 32), "wk": (32, 8), "wv": (32, 8), "h": np.array([0, 0, 2, 4]),
        "hq": np.array([0, 0, 8, 4]), "f": np.array([0, 0, 32]), "ax": np.array([2]),
        "to": np.array([1, 2, 4, 10, 4]), "all": np.array([0, 8, 10, 4]),
        "times": np.array([1, 4, 1, 1]),
    }  # fmt: skip
    net = network(model(nodes, weights, "float[1,10,32] x"), tmp_path)
    assert [op for op in operators(net) if op != "fixed"] == ["conv"] * 3 + ["attention"]
    attended = net.layers[-1]
    assert (attended.arguments["heads"], attended.arguments["kv_heads"]) == (8, 2)
    assert attended.mult_adds == 2 * 10 * 10 * 32


def test_an_operator_that_is_left_out(tmp_path, costcalc):
    path = saved(model("a = Fancy(x)\ny = Conv<pads=[1,1,1,1]>(a, w)", W), tmp_path)
    refused = costcalc(path)
    assert refused.code == 2
    assert "--uncounted Fancy leaves one out" in refused.err
    for arguments in (["--uncounted", "Fancy", path], [path, "--uncounted", "Fancy"]):
        ran = costcalc(*arguments)
        assert (ran.code, ran.err) == (0, "")
        assert f"NOT counted: 1 Fancy of {path}" in ran.out
        assert f"{CONV:,}" in ran.out
    assert "1 Fancy" in costcalc("memory", path, "--uncounted=Fancy").out
