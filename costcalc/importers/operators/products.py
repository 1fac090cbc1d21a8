"""Matrix products: with weights a layer, of two activations attention or a product."""

from __future__ import annotations

import math
from dataclasses import replace

from costcalc.importers.features import feature
from costcalc.importers.layout import Atoms, Data, Sides, atoms_of, equal, example, holds
from costcalc.importers.operators.attention import attended, scores_of, turned
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import BITS, Constant, Node
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import Size, product, value
from costcalc.importers.translate import Translator
from costcalc.numbers.dimensions import Kernel


def linear(
    t: Translator, node: Node, data: Data, axis: int, weights: Constant, out: int,
    bias: Constant | None = None,
) -> None:  # fmt: skip
    """A linear layer over one axis: of whole maps, or on every position."""
    axis = axis % len(data.axes)
    if not math.prod(weights.shape):
        raise t.error(node, "its weights have no elements")
    wanted = data.axis(axis)
    part = not all(holds(wanted, side) for side in data.sides)
    if part and any(isinstance(atom.size, Size) for atom in wanted):
        data = t.fixed(node, data)  # weights over the positions of one size, as a mixer's
    data = t.channels(node, data, data.axis(axis))
    shape = data.shape
    inner = math.prod(weights.shape) // out
    if data.shape.c != inner:
        raise t.error(node, f"weights for {inner} inputs meet {shape.c}")
    parts = [("weights", weights), ("bias", bias)]
    alone = not data.sides.h and not data.sides.w
    if alone:
        fan_in = inner if isinstance(shape.c, Size) else None
        row = t.emit(node, "fc", [data], parts, named_after=t.added(node), out=out,
                     bias=bias is not None, fan_in=fan_in)  # fmt: skip
    else:
        row = t.emit(
            node, "conv", [data], parts, named_after=t.added(node), k=Kernel(1, 1), out=out,
            bias=bias is not None,
        )  # fmt: skip
        row.cells["form"] = "linear"
    new = atoms_of(out)
    axes = tuple(new if i == axis else one for i, one in enumerate(data.axes))
    t.give(node, Data(row.name, axes, Sides(data.sides.h, data.sides.w, new)))


TYPES = ("QuantizeLinear", "DequantizeLinear", "Cast")
"""Nodes that change in which type a tensor is stored."""


LAYERS = ("Conv", "ConvInteger", "MatMul", "MatMulInteger", "Gemm")
"""Layers whose second input is their weights."""


def works_on_features(t: Translator, node: Node) -> bool:
    """Whether a node on constants is a layer: of weights, on what is the same for every example.

    Features of positions are such, distances that a network turns into biases, and the zeros that
    an unrolled recurrent layer begins with. A product of two stored matrices is one matrix of
    weights instead.
    """
    if node.kind not in LAYERS or len(node.inputs) < 2:
        return False
    x, weights = t.constant(node, 0), t.constant(node, 1)
    if x is None or weights is None or weights.owner not in t.stored:
        return False
    if not weights.type.startswith(("float", "bfloat")) and BITS[weights.type] > 8:
        return False
    for_each = x.shape[:1] in ((1,), (t.batch,))
    if node.kind.startswith("Conv"):
        return for_each
    begins = for_each and len(set(x.values or ())) == 1
    stack = len(x.shape) > 2 or x.owner not in t.stored or begins
    return len(weights.shape) == 2 and (stack or len(node.inputs) > 2)


@handles("Gemm")
def gemm(t: Translator, node: Node) -> None:
    """A product of two matrices and a vector: a fully connected layer where one is constant."""
    weights = t.constant(node, 1)
    if weights is None:
        data = t.data(node)
        other = t.data(node, 1)
        if node.attributes.get("transA"):
            data = data.with_axes(reversed(data.axes))
        if node.attributes.get("transB"):
            other = other.with_axes(reversed(other.axes))
        t.give(node, scores_of(t, node, data, other))
        return
    out = weights.shape[0 if node.attributes.get("transB") else -1]
    data = t.data(node)
    axis = 0 if node.attributes.get("transA") else len(data.axes) - 1
    bias = t.constant(node, 2)
    if bias is not None and math.prod(bias.shape) != out:
        bias = None
    linear(t, node, data, axis, weights, out, bias)


def _once(t: Translator, weights: Constant | None) -> Constant | None:
    """A matrix of weights, not the stack of it that an exporter repeats for every example."""
    stored = t.stored.get(weights.owner) if weights is not None else None
    if weights is None or stored is None or len(weights.shape) <= 2:
        return weights
    matrix = weights.shape[-2:]
    own = math.prod(matrix) == math.prod(stored.shape)
    return replace(weights, shape=matrix) if own else weights


@handles("MatMul")
def matmul(t: Translator, node: Node) -> None:
    """A product of stacks of matrices."""
    a, b = t.tensor(node, 0), t.tensor(node, 1)
    weights = _once(t, t.constant(node, 1))
    if isinstance(a, Scores) and a.complete and not a.swapped and b is not None:
        t.give(node, attended(t, node, a, t.data(node, 1)))
        return
    if isinstance(b, Scores) and b.complete and b.swapped and a is not None:
        made = attended(t, node, b, turned(t.data(node)))  # v^T s^T is (s v)^T
        t.give(node, turned(made))
        return
    if weights is not None:
        data = t.data(node)
        if len(weights.shape) == 1:  # one output, without an axis of its own
            linear(t, node, data, len(data.axes) - 1, weights, 1)
            made = t.data(Node("", "", node.outputs))
            t.give(node, made.with_axes(made.axes[:-1]))
        elif math.prod(weights.shape[:-2]) == 1:
            linear(t, node, data, len(data.axes) - 1, weights, weights.shape[-1])
        elif _is_whole(t, weights):
            weights = _of_one(t, data, weights)
            t.give(node, _grouped(t, node, data, weights, *weights.shape[-2:]))
        else:  # of a table that is looked up, as relative positions are
            t.give(node, scores_of(t, node, data, feature(t, node, 1, table=True)))
        return
    weights = _once(t, t.constant(node, 0))
    if weights is not None:
        data = t.data(node, 1)
        if len(data.axes) < 2:
            raise t.error(node, "a product with a vector of activations")
        if math.prod(weights.shape[:-2]) == 1:
            linear(t, node, data, len(data.axes) - 2, weights, weights.shape[-2])
        elif _is_whole(t, weights):
            weights = _of_one(t, data, weights)
            *_, out, inner = weights.shape
            t.give(node, turned(_grouped(t, node, turned(data), weights, inner, out)))
        else:
            t.give(node, scores_of(t, node, feature(t, node, 0, table=True), data))
        return
    t.give(node, scores_of(t, node, t.data(node), t.data(node, 1)))


def _is_whole(t: Translator, weights: Constant) -> bool:
    """Whether a constant is all of a stored one, each element once."""
    stored = t.stored.get(weights.owner)
    return stored is not None and math.prod(stored.shape) == math.prod(weights.shape)


def _of_one(t: Translator, data: Data, weights: Constant) -> Constant:
    """A stack of matrices for one example, of which an exporter stores one for each of a batch."""
    shape = list(weights.shape)
    for place in range(-len(shape), -2):
        axis = data.axes[place] if -place <= len(data.axes) else ()
        if any(atom.batch for atom in axis) and shape[place] % t.batch == 0:
            shape[place] //= t.batch
    return replace(weights, shape=tuple(shape))


def _grouped(
    t: Translator, node: Node, data: Data, weights: Constant, inner: int, out: int
) -> Data:
    """A stack of matrices of weights, each for its own group: a linear layer in groups."""
    stack = weights.shape[:-2]
    sizes = [product(atom.size for atom in example(axis)) for axis in data.axes[-2 - len(stack) :]]
    if math.prod(map(value, sizes[:-2])) == 1:
        return _stacked(t, node, data, weights, out)
    if any(isinstance(size, Size) for size in sizes[:-2]):
        data = t.fixed(node, data)
    if sizes[:-2] != list(stack):
        count = "x".join(map(str, stack))
        raise t.error(node, f"{count} matrices of weights meet other groups")
    if data.sizes[-1] != inner:
        raise t.error(node, f"weights for {inner} inputs meet {data.sizes[-1]}")
    outer = data.axes[-2 - len(stack) : -2]
    groups = tuple(atom for axis in outer for atom in example(axis))
    data = t.channels(node, data, groups + data.axis(-1))
    g = math.prod(stack)
    row = t.emit(
        node, "conv", [data], [("weights", weights)], named_after=t.added(node),
        k=Kernel(1, 1), out=g * out, g=g,
    )  # fmt: skip
    row.cells["form"] = "linear"
    new = atoms_of(out)
    return Data(row.name, (*data.axes[:-1], new), Sides(data.sides.h, data.sides.w, groups + new))


def _stacked(t: Translator, node: Node, data: Data, weights: Constant, out: int) -> Data:
    """A stack of matrices of weights that all meet the same rows: one linear layer, taken apart."""
    stack = weights.shape[:-2]
    linear(t, node, data, -1, weights, math.prod(stack) * out)
    made = t.data(Node("", "", node.outputs[:1]))
    apart = t.reshaped(node, made, [*made.sizes[:-1], *stack, out])
    outer, rows = apart.axes[: -2 - 2 * len(stack)], apart.axes[-2 - len(stack)]
    return apart.with_axes((*outer, *apart.axes[-1 - len(stack) : -1], rows, apart.axes[-1]))


def biased(t: Translator, node: Node, place: int, constant: Constant) -> bool:
    """Whether an addition is the bias of the layer before it, which has it then."""
    data = t.tensors.get(node.inputs[place])
    if not isinstance(data, Data) or data.row not in t.rows:
        return False
    row = t.rows[data.row]
    name = next(iter(row.node.outputs), "")
    while t.readers[name] == 1 and _is_type(t, t.reader[name]):  # stored in eight bits between
        name = t.reader[name].outputs[0]
    alone = t.readers[name] == 1 and name == node.inputs[place]
    if row.op not in ("fc", "conv", "dw", "tconv") or row.arguments.get("bias") or not alone:
        return False
    if math.prod(constant.shape) != row.shape.c or not equal(_along(data, constant), data.sides.c):
        return False
    row.arguments["bias"] = True
    t.own(row, "bias", [constant])
    t.give(node, data)
    return True


def _along(data: Data, constant: Constant) -> Atoms:
    """What a constant that is added has a number for each of."""
    places = [i - len(constant.shape) for i, size in enumerate(constant.shape) if size != 1]
    return tuple(atom for place in places for atom in data.axis(place))


def _is_type(t: Translator, node: Node) -> bool:
    """Whether a node only changes in which type a tensor is stored, or by which scale."""
    return node.kind in TYPES or (node.kind == "Mul" and not t.scales.isdisjoint(node.inputs))
