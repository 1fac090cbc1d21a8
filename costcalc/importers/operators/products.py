"""Matrix products: with weights a layer, of two activations attention or a product."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from costcalc.importers.layout import Atoms, Data, Sides, atoms_of, equal, example, holds
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Constant, Node
from costcalc.importers.sizes import Size, product, value
from costcalc.importers.translate import Scores, Translator
from costcalc.numbers.dimensions import Kernel


def linear(
    t: Translator, node: Node, data: Data, axis: int, weights: Constant, out: int,
    bias: Constant | None = None,
) -> None:  # fmt: skip
    """A linear layer over one axis: of whole maps, or on every position."""
    axis = axis % len(data.axes)
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
        if isinstance(shape.c, Size):
            raise t.error(node, "its weights hold for one size of the input only")
    new = atoms_of(out)
    axes = tuple(new if i == axis else one for i, one in enumerate(data.axes))
    t.give(node, Data(row.name, axes, Sides(data.sides.h, data.sides.w, new)))


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
        t.give(node, _scores(t, node, data, other))
        return
    first = t.constant(node, 0)
    if first is not None:
        raise t.error(node, "a product of constants that is not computed")
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
    whole = isinstance(a, Scores) and a.softmax and len(a.axes) == a.rank
    if isinstance(a, Scores) and whole and a.row is None and b is not None:
        _attention(t, node, a, t.data(node, 1))
        return
    if weights is not None:
        data = t.data(node)
        if math.prod(weights.shape[:-2]) != 1:
            raise t.error(node, "it has weights of their own for every group of positions")
        linear(t, node, data, len(data.axes) - 1, weights, weights.shape[-1])
        return
    weights = _once(t, t.constant(node, 0))
    if weights is not None:
        data = t.data(node, 1)
        if math.prod(weights.shape[:-2]) != 1 or len(data.axes) < 2:
            raise t.error(node, "it has weights of their own for every group of positions")
        linear(t, node, data, len(data.axes) - 2, weights, weights.shape[-2])
        return
    t.give(node, _scores(t, node, t.data(node), t.data(node, 1)))


def _scores(t: Translator, node: Node, a: Data, b: Data) -> Scores:
    """A product a b: rows of a meet columns of b, whose last two axes are noted swapped."""
    if len(a.axes) < 2 or len(b.axes) < 2:
        raise t.error(node, "a product with a vector of activations")
    outer = a.axes[:-2] if len(a.axes) >= len(b.axes) else b.axes[:-2]
    axes = (*outer, a.axes[-2], b.axes[-1])
    if value(a.sizes[-1]) != value(b.sizes[-2]):
        raise t.error(node, f"{a.sizes[-1]} columns meet {b.sizes[-2]} rows")
    return Scores(a, b.with_axes((*b.axes[:-2], b.axes[-1], b.axes[-2])), axes, node, len(axes))


def _outer(data: Data) -> Atoms:
    return tuple(atom for axis in data.axes[:-2] for atom in example(axis))


def _heads(data: Data) -> tuple[Atoms, Atoms]:
    """What comes before rows and columns: those that are channels, and those that are positions."""
    channels = {id(atom) for atom in data.sides.c}
    outer = _outer(data)
    return (
        tuple(atom for atom in outer if id(atom) in channels),
        tuple(atom for atom in outer if id(atom) not in channels),
    )


def _grouped(t: Translator, node: Node, data: Data, inner: Atoms, all_heads: bool = False) -> Data:
    """The tensor with its heads and the inner axis as channels, the rows as positions."""
    heads = _outer(data) if all_heads else _heads(data)[0]
    return t.channels(node, data, heads + inner)


def _unscaled(t: Translator, data: Data) -> Data:
    """Queries or keys before they were scaled, which is a part of attention."""
    row = t.rows.get(data.row)
    if row is None or row.op != "elementwise" or row.arguments.get("work") not in ("mul", "div"):
        return data
    return Data(row.inputs[0], data.axes, data.sides)


def _attention(t: Translator, node: Node, scores: Scores, v: Data) -> None:
    """Products of queries with keys and of their softmax with values are one operator."""
    if value(scores.k.sizes[-2]) != value(v.sizes[-2]):
        raise t.error(node, f"{scores.k.sizes[-2]} columns meet {v.sizes[-2]} rows")
    q = _grouped(t, scores.node, _unscaled(t, scores.q), scores.q.axis(-1))
    k = _grouped(t, scores.node, _unscaled(t, scores.k), scores.k.axis(-1))
    v = _grouped(t, node, v, v.axis(-1))
    heads, apart = _heads(q)
    own, _ = _heads(k)
    h, w = _inside(q, apart)
    window: Any = None
    if apart:
        window = h if h == w and not isinstance(h, Size) else Kernel(h, w)
    table = scores.table
    row = t.emit(
        node, "attention", [q, k, v], [("weights", table)],
        heads=product(atom.size for atom in heads),
        kv_heads=None if len(own) == len(heads) else product(atom.size for atom in own),
        window=window, table=0 if table is None else math.prod(t.stored[table.owner].shape),
    )  # fmt: skip
    last = v.axis(-1)
    sides = Sides(q.sides.h, q.sides.w, heads + last)
    t.give(node, Data(row.name, (*q.axes[:-2], q.axes[-2], last), sides))


def _inside(data: Data, apart: Atoms) -> tuple[Any, Any]:
    """Rows and columns of a map that belong to one window."""
    gone = {id(atom) for atom in apart}
    h, w = (product(atom.size for atom in side if id(atom) not in gone) for side in data.sides[:2])
    return h, w


def written(t: Translator, scores: Scores) -> Data:
    """The product itself, with the groups of the axes before as heads."""
    node = scores.node
    q, k = scores.q, scores.k
    every = bool(_heads(q)[1] or _heads(k)[1])
    a = _grouped(t, node, q, q.axis(-1), every)
    b = _grouped(t, node, k, k.axis(-1), every)
    heads = _outer(q) if every else _heads(q)[0]
    other = _outer(k) if every else _heads(k)[0]
    if value(product(atom.size for atom in heads)) != value(product(atom.size for atom in other)):
        raise t.error(node, "one of its tensors is repeated over groups of the other")
    row = t.emit(
        node, "matmul", [a, b],
        heads=product(atom.size for atom in heads) if heads else None, transpose=True,
    )  # fmt: skip
    rows, columns = q.axis(-2), scores.axes[-1]
    fresh = atoms_of(product(atom.size for atom in columns))
    sides = Sides(a.sides.h, a.sides.w, heads + fresh)
    data = Data(row.name, (*q.axes[:-2], rows, fresh), sides)
    if scores.softmax:
        done = t.emit(node, "softmax", [data])
        data = Data(done.name, data.axes, data.sides)
    return data


@handles("Attention")
def attention(t: Translator, node: Node) -> None:
    """ONNX's own operator (opset 23): queries, keys and values of three or four axes."""
    q, k, v = (t.data(node, place) for place in range(3))
    if len(q.axes) == 3:
        heads = node.attributes.get("q_num_heads", 1)
        own = node.attributes.get("kv_num_heads", heads)
        row = t.emit(
            node, "attention", [t.channels(node, one, one.axis(-1)) for one in (q, k, v)],
            heads=heads, kv_heads=None if own == heads else own,
        )  # fmt: skip
        out = atoms_of(row.shape.c)
        t.give(node, Data(row.name, (*q.axes[:-1], out), Sides(q.sides.h, q.sides.w, out)))
        return
    scores = Scores(q, k, (*q.axes[:-1], k.axes[-2]), node, len(q.axes), softmax=True)
    _attention(t, node, scores, v)


def biased(t: Translator, node: Node, place: int, constant: Constant) -> bool:
    """Whether an addition is the bias of the layer before it, which has it then."""
    data = t.tensors.get(node.inputs[place])
    if not isinstance(data, Data) or data.row not in t.rows:
        return False
    row = t.rows[data.row]
    alone = t.readers[node.inputs[place]] == 1 and node.inputs[place] in row.node.outputs
    if row.op not in ("fc", "conv", "dw", "tconv") or row.arguments.get("bias") or not alone:
        return False
    if math.prod(constant.shape) != row.shape.c or not equal(data.axis(-1), data.sides.c):
        return False
    row.arguments["bias"] = True
    t.own(row, "bias", constant)
    t.give(node, data)
    return True
