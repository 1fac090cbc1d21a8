"""Random graphs: named tensors, several inputs and outputs, shared weights. Ints, arrays and
symbols agree on every fact, and a simulator that looks at everything agrees on the peak."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

import costcalc
from costcalc.cost.totals import METRICS
from costcalc.graph.build import build
from costcalc.numbers.symbol import Symbol, value_of
from tests.covering import examples

WIDTHS = ("a", "2 * a", "a + 3", "8")
FACTS = (
    "weights", "biases", "norm", "shared", "mult_adds", "products", "reads", "writes", "scratch",
)  # fmt: skip
KINDS = (
    "conv", "conv", "dw", "join", "join", "unit", "unit", "tconv", "upsample", "attend", "gate",
    "product", "pointwise", "pad", "crop", "copies", "squeeze", "turn", "look",
    "chain",
)  # fmt: skip
HEAD = """
hyperparameters: {a: 4, res: 8}
input: {inputs}
outputs: [{outputs}]
blocks:
  unit:
    args: [out, skip]
    columns: [op, k, out, norm, act]
    rows:
    - concat: [[], skip]
    - [conv, 1x1, out, batch, relu]
  product:
    args: [keys, values]
    rows:
    - {transpose: true, matmul: [[], keys]}
    - matmul: [[], values]
  turn:
    columns: [op, size]
    rows: [[transpose], [transpose], [to_map, input]]
  chain:
    args: [out]
    columns: [name, op, k, out]
    rows:
    - 2x: [[m, conv, 3x3, out]]
    - concat: [input, m.*, {from: m.*, rows: [{op: dw, k: 3x3}]}]
  look:
    args: [out]
    columns: [op, k, out, norm, act]
    rows:
    - {name: boxes, count: a, regions: [input]}
    - {name: gate, op: parameter, size: 1x1, out: cin}
    - {size: 3x3, roi_align: [boxes, input]}
    - mul: [[], gate]
    - [conv, 3x3, out, batch, relu]
    - add: [[], [[dw, 3x3], [layer_norm]]]
    - [to_rows]
network:
- rows:
"""
POINTWISE = ("relu", "prelu", "{op: prelu, per: layer}", "layer_norm", "rms_norm",
             "{op: rms_norm, scale: false}", "affine", "layer_scale", "position_embedding",
             "reorder")  # fmt: skip


@st.composite
def specs(draw):
    """The text of a spec. Each tensor has a width as written, and a map: how often it was halved
    (`d`) and doubled (`u`)."""
    count = draw(st.integers(1, 2))
    inputs = {f"x{n}": [f"[res, res, {WIDTHS[n]}]", (WIDTHS[n], "")] for n in range(count)}
    tensors = {name: shape for name, (_, shape) in inputs.items()}
    convolutions: dict[str, tuple] = {}
    units: dict[str, tuple] = {}
    rows, read = [], set()
    for n in range(draw(st.integers(1, 8))):
        name, kind = f"t{n}", draw(st.sampled_from(KINDS))
        source = draw(st.sampled_from(sorted(tensors)))
        width, sized = tensors[source]
        read.add(source)
        alike = sorted(t for t, (_, own) in tensors.items() if own == sized)
        if kind == "conv":
            out, s = draw(st.sampled_from(WIDTHS)), draw(st.sampled_from([1, 1, 2]))
            follow = draw(st.sampled_from(["", ", norm: batch", ", norm: batch, act: relu"]))
            key = (width, out, follow)
            owners = sorted(t for t, own in convolutions.items() if own == key)
            share = f", shares: {draw(st.sampled_from(owners))}" if owners else ""
            convolutions[name] = key
            cells = f"op: conv, k: 3x3, s: {s}, out: {out}{follow}{share}"
            tensors[name] = (out, sized + "d" * (s - 1))
        elif kind == "unit":
            skip = draw(st.sampled_from(alike))
            read.add(skip)
            out = draw(st.sampled_from(WIDTHS))
            key = (f"{width} + {tensors[skip][0]}", out)
            owners = sorted(t for t, own in units.items() if own == key)
            share = f", shares: {draw(st.sampled_from(owners))}" if owners else ""
            units[name] = key
            cells = f"op: unit, out: {out}, skip: {skip}{share}"
            tensors[name] = (out, sized)
        elif kind == "join":
            others = draw(st.lists(st.sampled_from(alike), min_size=1, max_size=3))
            read |= set(others)
            same = all(tensors[t][0] == width for t in others)
            how = draw(st.sampled_from(["concat", "add", "mul"] if same else ["concat"]))
            cells = f"{how}: [[], {', '.join(others)}]"
            total = " + ".join([width, *(tensors[t][0] for t in others)])
            tensors[name] = (width if how != "concat" else total, sized)
        elif kind in ("tconv", "upsample"):
            out = draw(st.sampled_from(WIDTHS)) if kind == "tconv" else width
            cells = f"op: tconv, k: 2x2, s: 2, out: {out}" if kind == "tconv" else "op: upsample"
            tensors[name] = (out, sized + "u")
        elif kind == "attend":
            same = sorted(t for t in alike if tensors[t][0] == width)
            keys, values = draw(st.sampled_from(same)), draw(st.sampled_from(alike))
            read |= {keys, values}
            cells = f"attention: [[], {keys}, {values}]"
            tensors[name] = (tensors[values][0], sized)
        elif kind == "product":
            same = sorted(t for t in alike if tensors[t][0] == width)
            keys, values = draw(st.sampled_from(same)), draw(st.sampled_from(alike))
            read |= {keys, values}
            cells = f"op: product, keys: {keys}, values: {values}"
            tensors[name] = (tensors[values][0], sized)
        elif kind == "pointwise":
            called = draw(st.sampled_from(POINTWISE))
            cells = called.strip("{}") if "op" in called[:4] else f"op: {called}"
            tensors[name] = (width, sized)
        elif kind in ("pad", "crop"):
            more = {"pad": "zero_pad, pad: [0, 1, 1, 0]", "crop": "crop, size: [ceil(h / 2), w]"}
            cells = f"op: {more[kind]}"
            tensors[name] = (width, sized + kind[0])
        elif kind == "copies":
            out = draw(st.sampled_from(WIDTHS))
            cells = f"concat: {{2x: [{{op: conv, k: 1x1, out: {out}}}]}}"
            tensors[name] = (f"2 * ({out})", sized)
        elif kind == "squeeze":
            cells = "mul: [[], [{op: gpool}, {op: fc, out: c, act: sigmoid}]]"
            tensors[name] = (width, sized)
        elif kind == "chain":
            out = draw(st.sampled_from(WIDTHS))
            cells = f"op: chain, out: {out}"
            tensors[name] = (f"{width} + 4 * ({out})", sized)
        elif kind == "look":  # at a regions of 3x3
            out = draw(st.sampled_from(WIDTHS))
            cells = f"op: look, out: {out}"
            tensors[name] = (out, "regions")
        elif kind == "turn":
            cells = "op: turn"
            tensors[name] = (width, sized)
        elif kind == "gate":
            cells = "mul: [[], [{op: reduce, axis: c, how: max}, {op: sigmoid}]]"
            tensors[name] = (width, sized)
        else:
            cells = f"op: {kind}" + (", k: 3x3" if kind == "dw" else "")
            tensors[name] = (width, sized)
        rows.append(f"  - {{name: {name}, from: {source}, {cells}}}")
    unread = [t for t in tensors if t not in read]
    more = draw(st.lists(st.sampled_from(sorted(tensors)), max_size=2))
    outputs = dict.fromkeys([t for t in unread if t not in inputs] + more) or {name: None}
    written = ", ".join(f"{k}: {sizes}" for k, (sizes, _) in inputs.items() if k in read)
    kept = [t for t in outputs if t not in inputs or t in read]
    head = HEAD.replace("{inputs}", f"{{{written}}}").replace("{outputs}", ", ".join(kept))
    return head + "\n".join(rows) + "\n"


VIEWS = ("crop", "to_map", "to_rows")


def brute_force(net, flash=False):
    """The most elements alive at one step, by looking at all of the past and the future."""
    layers = net.layers
    sizes = {-1 - n: shape.size for n, shape in enumerate(net.inputs.values())}
    first = next(iter(sizes))
    assert first == -1

    readers = [index for layer in layers for index in layer.inputs] + list(
        net.graph.outputs.values()
    )
    rides = {}  # a normalisation or activation on the only reader's end of a weighted layer
    for i, layer in enumerate(layers):
        (before, *_) = layer.inputs
        behind = before >= 0 and (layers[before].operator.weighted or before in rides)
        if layer.operator.pointwise and behind and readers.count(before) == 1:
            rides[i] = before

    views = {i: layer.inputs[0] for i, layer in enumerate(layers) if layer.op in VIEWS}

    def tensor(index):
        """The tensor a layer's output lies in: its own, that of what it rides on or looks at."""
        own = rides.get(index, views.get(index))
        return index if own is None else tensor(own)

    steps = [i for i in range(len(layers)) if i not in rides and i not in views]
    sizes |= {i: layers[i].output.size for i in steps}
    kept = {tensor(i) for i in net.graph.outputs.values()}
    reads = {i: {tensor(j) for j in layers[i].inputs} for i in steps}
    peak = 0 if steps else sum(sizes[t] for t in kept)  # views alone: what they look at
    for now in steps:
        later = {t for i in steps if i > now for t in reads[i]}
        there = {t for t in sizes if t <= now}
        alive = {t for t in there if t in later | kept or t in reads[now] or t == now}
        layer, scores = layers[now], 0
        if layer.op == "attention" and not flash:  # a map of all pairs, alive only now
            queries, keys, _ = layer.input_shapes
            scores = queries.h * queries.w * keys.h * keys.w
        peak = max(peak, sum(sizes[t] for t in alive) + scores)
    return peak


@examples(40, derandomize=True)
@given(specs())
def test_ints_arrays_and_symbols_agree(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("net") / "net.yaml"
    path.write_text(text)
    a, res = [3, 4, 8, 3], [8, 9, 16, 9]
    found = costcalc.points(str(path), a=a, res=res, metrics=(*METRICS, "peak_memory"))
    for row in range(len(a)):
        net = costcalc.load(path, a=a[row], res=res[row])
        assert found["peak_memory"][row] == net.peak_memory().peak == brute_force(net)
        swift = net.with_execution(flash=True)
        assert swift.peak_memory().peak == brute_force(net, flash=True)
        for metric in METRICS:
            assert found[metric][row] == getattr(net.totals, metric)
        symbols = {"a": Symbol.named("a", a[row]), "res": Symbol.named("res", res[row])}
        traced = build(net.spec, symbols)
        for layer, trace in zip(net.layers, traced.layers, strict=True):
            assert layer.inputs == trace.inputs
            assert layer.output.all == tuple(map(value_of, trace.output.all))
            for fact in FACTS:
                assert getattr(layer.facts, fact) == value_of(getattr(trace.facts, fact))
