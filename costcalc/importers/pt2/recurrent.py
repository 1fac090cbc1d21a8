"""PyTorch's recurrent layers in the words of ONNX: a node each layer of a stack."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.importers.composer import Composer
from costcalc.importers.pt2.call import Call

KINDS = {"lstm": ("LSTM", 4), "gru": ("GRU", 3), "rnn_tanh": ("RNN", 1), "rnn_relu": ("RNN", 1)}
"""The layer that each operator is, and how many sums a unit of it has."""


def stack(call: Call, to: Composer) -> None:
    """Layers one after another, the parameters of each, and of its way back, in one list: weights
    of the input and of the state, two vectors of biases, and what the units are projected by."""
    if call.overload != "input":
        raise call.error("takes sequences of several lengths, which the input's values say")
    layers, ways = call.number("num_layers", 1), 1 + bool(call.option("bidirectional"))
    biased = bool(call.option("has_biases"))
    params = call.listed("params")
    if layers < 1 or len(params) % (layers * ways):
        raise call.error(f"has {len(params)} parameters for {layers} layers")
    each = len(params) // (layers * ways)
    projected = each - (4 if biased else 2)
    if projected not in (0, 1):
        raise call.error(f"has {each} parameters a layer")
    state = call.option("hx")
    state = call.listed("hx") if isinstance(state, list) else [call.tensor("hx")]
    name, ends = call.tensor("input"), len(state)
    last: list[list[str]] = []
    for layer in range(layers):
        own = params[layer * ways * each : (layer + 1) * ways * each]
        outputs = (call.out if layer == layers - 1 else "", *_ends(call, to, layer, layers, ends))
        name = _layer(call, to, name, own, each, biased, bool(projected), state, outputs)
        last.append(list(to.nodes[-1].outputs[1:]))
    if layers > 1:
        for place, out in enumerate(call.outputs[1:]):
            if out:
                to.emit("Concat", *(one[place] for one in last), out=out, axis=0)


def _ends(call: Call, to: Composer, layer: int, layers: int, count: int) -> Sequence[str]:
    """Names for what a layer says and remembers after its last step."""
    if layers == 1:
        return call.outputs[1:]
    return [to.tensor(f"{call.out}/{layer}/{place}") for place in range(count)]


def _layer(
    call: Call, to: Composer, name: str, own: Sequence[str], each: int, biased: bool,
    projected: bool, state: Sequence[str], outputs: Sequence[str],
) -> str:  # fmt: skip
    """A layer that reads a tensor; the name of what it says at each step."""
    weights: list[str] = []
    vectors: list[str] = []
    for start in range(0, len(own), each):
        matrices = [own[start], own[start + 1], *own[start + each - projected : start + each]]
        weights += matrices
        vectors += own[start + 2 : start + 4] if biased else []
    kind, gates = KINDS[call.word]
    return to.recurrent(
        kind, name, weights, vectors,
        out=outputs,
        state=state,
        hidden=int(call.sizes_of(own[1])[0]) // gates,
        directions=len(own) // each,
        biases=2 if biased else 0,
        projection=int(call.sizes_of(own[each - 1])[0]) if projected else None,
        layout=int(bool(call.option("batch_first"))),
    )  # fmt: skip
