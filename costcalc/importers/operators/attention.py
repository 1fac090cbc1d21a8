"""Products of two activations: attention, or the product itself."""

from __future__ import annotations

import math
from typing import Any

from costcalc.importers.layout import Atom, Atoms, Data, Sides, atoms_of, example, holds
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Node
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import Size, product, same, value
from costcalc.importers.translate import Translator
from costcalc.numbers.dimensions import Kernel


def turned(data: Data) -> Data:
    """A tensor whose last two axes have changed places."""
    return data.with_axes((*data.axes[:-2], data.axes[-1], data.axes[-2]))


def scores_of(t: Translator, node: Node, a: Data, b: Data) -> Scores:
    """A product a b: rows of a meet columns of b, whose last two axes are noted swapped."""
    if len(a.axes) < 2 or len(b.axes) < 2:
        raise t.error(node, "a product with a vector of activations")
    outer = a.axes[:-2] if len(a.axes) >= len(b.axes) else b.axes[:-2]
    axes = (*outer, a.axes[-2], b.axes[-1])
    if value(a.sizes[-1]) != value(b.sizes[-2]):
        raise t.error(node, f"{a.sizes[-1]} columns meet {b.sizes[-2]} rows")
    return Scores(a, turned(b), axes, node, len(axes))


def _outer(data: Data) -> Atoms:
    return tuple(atom for axis in data.axes[:-2] for atom in example(axis))


def heads_of(data: Data) -> tuple[Atoms, Atoms]:
    """What comes before rows and columns: those that are channels, and those that are positions."""
    channels = {id(atom) for atom in data.sides.c}
    outer = _outer(data)
    return (
        tuple(atom for atom in outer if id(atom) in channels),
        tuple(atom for atom in outer if id(atom) not in channels),
    )


def _grouped(t: Translator, node: Node, data: Data, inner: Atoms, all_heads: bool = False) -> Data:
    """The tensor with its heads and the inner axis as channels, the rows as positions."""
    heads = _outer(data) if all_heads else heads_of(data)[0]
    return t.channels(node, data, heads + inner)


def _unscaled(t: Translator, data: Data) -> tuple[Data, list[str]]:
    """Queries or keys before they were scaled, which is a part of attention; and by what node."""
    row = t.rows.get(data.row)
    if row is None or row.op != "elementwise" or row.arguments.get("work") not in ("mul", "div"):
        return data, []
    return Data(row.inputs[0], data.axes, data.sides), [row.node.kind]


def _once(t: Translator, data: Data) -> Data | None:
    """Keys or values before they were repeated for several heads of queries; None where they were
    not."""
    found = t.repeated.get(data.row)
    if found is None:
        return None
    source, copies = found
    axes = (tuple(atom for atom in axis if not holds(copies, (atom,))) for axis in data.axes)
    return Data(source.row, tuple(axes), source.sides)


def attended(t: Translator, node: Node, scores: Scores, v: Data) -> Data:
    """Products of queries with keys and of their softmax with values are one operator."""
    if value(scores.keys.sizes[-2]) != value(v.sizes[-2]):
        raise t.error(node, f"{scores.keys.sizes[-2]} columns meet {v.sizes[-2]} rows")
    # positions apart are windows, where a query sees as many keys as there are queries in one
    every = bool(heads_of(scores.queries)[1]) and value(scores.queries.sizes[-2]) != value(
        scores.keys.sizes[-2]
    )
    (q, of_queries), (k, of_keys) = (_unscaled(t, one) for one in (scores.queries, scores.keys))
    own_k, own_v = _once(t, k), _once(t, v)
    repeated = False
    if own_k is not None and own_v is not None:
        k, v, repeated = own_k, own_v, True
    q = _grouped(t, scores.node, q, scores.queries.axis(-1), every)
    k = _grouped(t, scores.node, k, k.axis(-1), every)
    v = _grouped(t, node, v, v.axis(-1), every)
    heads, apart = heads_of(q)
    number, own = (product(atom.size for atom in heads_of(one)[0]) for one in (q, k))
    h, w = _inside(q, apart)
    window: Any = None
    if apart:
        window = h if h == w and not isinstance(h, Size) else Kernel(h, w)
    bias = [] if scores.bias is None else [scores.bias]
    tables = [*scores.tables, *t.learned(bias)]
    row = t.emit(
        node, "attention", [q, k, v, *bias], [("weights", table) for table in tables],
        heads=number, kv_heads=None if same(own, number) else own,
        window=window, table=sum(math.prod(t.stored[table.owner].shape) for table in tables),
    )  # fmt: skip
    if scores.node.kind != "Attention":
        of_scores = [step.kind for step in scores.steps]
        copies = value(number) // value(own) if repeated else 1  # scaled after they were repeated
        every_key = f"keys * {copies}" if copies > 1 else "keys"
        said = (("queries", of_queries), (every_key, of_keys), ("scores", of_scores))
        on = tuple((name, kind) for name, kinds in said for kind in kinds)
        t.within[row.name] = (("mult_adds", "MatMul"), *on)
    last = v.axis(-1)
    sides = Sides(q.sides.h, q.sides.w, heads + last)
    return Data(row.name, (*q.axes[:-2], q.axes[-2], last), sides)


def _inside(data: Data, apart: Atoms) -> tuple[Any, Any]:
    """Rows and columns of a map that belong to one window."""
    gone = {id(atom) for atom in apart}
    h, w = (product(atom.size for atom in side if id(atom) not in gone) for side in data.sides[:2])
    return h, w


def written(t: Translator, scores: Scores) -> Data:
    """The product itself. Axes before rows and columns that both tensors have are groups, each
    multiplied by its own; one that only one of them has is more rows of it, or more columns."""
    node, q, k = scores.node, scores.q, scores.k
    rank = max(len(q.axes), len(k.axes))
    outer: list[Atoms] = []
    heads: Atoms = ()
    groups: Atoms = ()
    columns: Atoms = ()
    pairs = zip(*(((),) * (rank - len(one.axes)) + one.axes[:-2] for one in (q, k)), strict=True)
    for mine, other in pairs:
        a, b = (value(product(atom.size for atom in example(axis))) for axis in (mine, other))
        if b == 1:
            outer.append(mine)
        elif a == 1:
            fresh = _fresh(example(other))
            columns += fresh
            outer.append(tuple(atom for atom in mine if atom.batch) + fresh)
        elif a == b:
            heads, groups = heads + example(mine), groups + example(other)
            outer.append(mine)
        else:
            raise t.error(node, f"{a} matrices meet {b}")
    left = t.channels(node, q, heads + q.axis(-1))
    row = t.emit(
        node, "matmul", [left, t.channels(node, k, groups + k.axis(-1))],
        heads=product(atom.size for atom in heads) if heads else None, transpose=True,
    )  # fmt: skip
    last = _fresh(k.axis(-2))
    sides = Sides(left.sides.h, left.sides.w, heads + columns + last)
    return Data(row.name, (*outer, q.axes[-2], last), sides)


def _fresh(atoms: Atoms) -> Atoms:
    """Factors of the same sizes, of another axis."""
    return tuple(Atom(atom.size) for atom in atoms)


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
    t.give(node, attended(t, node, scores, v))
