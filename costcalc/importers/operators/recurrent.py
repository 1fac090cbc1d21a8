"""Recurrent layers: what runs along which axis of a tensor, and which parts of it are read."""

from __future__ import annotations

from dataclasses import dataclass

from costcalc.importers.composer import RECURRENT
from costcalc.importers.layout import Atoms, Data, Sides, atoms_of, equal, example
from costcalc.importers.learned import UNNAMED, is_trained
from costcalc.importers.operators.parts import select
from costcalc.importers.operators.registry import handles
from costcalc.importers.records import Constant, Node
from costcalc.importers.sizes import Size, same, value
from costcalc.importers.translate import Translator

GATES = {"LSTM": 4, "DynamicQuantizeLSTM": 4, "GRU": 3, "RNN": 1}
"""How many sums a unit of each layer has."""
LENGTHS, STATE, MEMORY, PEEPHOLES = 4, 5, 6, 7
"""Where inputs stand that a layer may have beside what it reads, its weights and its biases."""


@dataclass(slots=True)
class Units:
    """What a layer is made of. Whoever reads a file that stores it in more parts than ONNX has
    says these as the node's attributes."""

    hidden: int
    directions: int
    biases: int
    projection: int | None
    parts: list[tuple[str, Constant]]


@handles(*GATES)
def recurrent(t: Translator, node: Node) -> None:
    """A layer over the steps of a sequence, for each example and each sequence of one."""
    _require_plain(t, node)
    data = t.data(node)
    if len(data.axes) != 3:
        raise t.error(node, f"its input has {len(data.axes)} axes, not 3")
    units = _said(t, node) if "hidden" in node.attributes else _stored(t, node)
    examples, steps = (0, 1) if node.attributes.get("layout") else (1, 0)
    if any(atom.batch and not same(atom.size, 1) for atom in data.axes[steps]):
        raise t.error(
            node, "its steps lie along the first axis of an input, which is read as a batch"
        )
    if any(isinstance(atom.size, Size) for atom in data.axis(2)):
        data = t.fixed(node, data, data.axis(2))  # weights are for so many inputs
    data, axis = _along(t, node, data, steps, examples)
    all_steps = bool(t.readers[node.outputs[0]])
    row = t.emit(
        node,
        {"DynamicQuantizeLSTM": "lstm"}.get(node.kind, node.kind.lower()),
        [data],
        units.parts,
        hidden=units.hidden,
        bidirectional=units.directions > 1,
        projection=units.projection,
        biases=units.biases,
        last=not all_steps,
        axis=axis,
    )
    sides = data.sides if all_steps else _of_one_step(data.sides, axis)
    ways, said = atoms_of(units.directions), atoms_of(units.projection or units.hidden)
    each = Data(row.name, (*data.axes[:2], ways, said), sides._replace(c=ways + said))
    _give(t, node, each, steps, all_steps)


def _give(t: Translator, node: Node, each: Data, steps: int, all_steps: bool) -> None:
    """Say what a layer's outputs are: what is said at each step, and at the last one, with what is
    remembered then. The axes of `each` are those of the input, the directions, and the units."""
    first, second, ways, said = each.axes
    flat = "hidden" in node.attributes  # as frameworks have it: a way's units before the other's
    order = (first, second, ways, said) if steps == 1 else (first, ways, second, said)
    t.give(node, each.with_axes((first, second, ways + said) if flat else order))
    ends = [place for place in (1, 2) if t.readers[next(iter(node.outputs[place:]), "")]]
    if ends and all_steps:
        each = select(t, node, each, steps, 1)
    examples = each.axes[1 - steps]
    ahead = (examples, ways) if steps == 1 and not flat else (ways, examples)
    for place in ends:
        t.give(node, each.with_axes((*ahead, said)), place)


def _require_plain(t: Translator, node: Node) -> None:
    """Raise `SpecError` for what changes the costs, or is none of them."""
    if node.attributes.get("input_forget"):
        raise t.error(node, "gates that are one, input_forget, are not counted")
    if t.has(node, PEEPHOLES):
        raise t.error(node, "peepholes are not counted")
    if t.tensor(node, LENGTHS) is not None:
        raise t.error(node, "how many steps it takes depends on the input's values")
    for place in (STATE, MEMORY):
        constant, given = t.constant(node, place), t.tensor(node, place)
        computed = given is not None and not (isinstance(given, Data) and given.row in t.given)
        if computed or (constant is not None and _is_trained(t, constant)):
            raise t.error(node, "a first state that is trained or computed is not counted")
        if isinstance(given, Data):
            t.inputs.pop(given.row, None)  # it stays where the layer holds its state


def _is_trained(t: Translator, constant: Constant) -> bool:
    """Whether a first state is trained: what an exporter made of nothing, and stored somewhere
    else, are the zeros that every layer begins with."""
    stored = t.stored.get(constant.owner)
    if stored is None or not is_trained(t, constant):
        return False
    return any(stored.values) if stored.values else not UNNAMED.fullmatch(stored.name)


def _stored(t: Translator, node: Node) -> Units:
    """What the weights of a node of ONNX say: [directions, gates * hidden, inputs] of the input,
    as many of the state, and two vectors of biases for each gate."""
    weights, again, gates = t.weights(node, 1), t.weights(node, 2), GATES[node.kind]
    if len(again.shape) != 3 or len(weights.shape) != 3:
        raise t.error(node, "its weights have no three axes")
    ways, rows, hidden = again.shape
    at = 2
    if node.kind == "DynamicQuantizeLSTM":  # whose matrices lie the other way
        hidden, rows, at = rows, hidden, 1
    if rows != gates * hidden:
        raise t.error(node, f"{rows} rows of weights are not {gates} of {hidden} units")
    inner, channels = weights.shape[at], value(t.data(node).sizes[2])
    if inner != channels:
        raise t.error(node, f"weights for {inner} inputs meet {channels}")
    parts = [("weights", weights), ("weights", again)]
    bias = t.constant(node, 3)
    return Units(
        hidden, ways, 0 if bias is None else 2, None, parts + ([("bias", bias)] if bias else [])
    )


def _said(t: Translator, node: Node) -> Units:
    """What the attributes of a node say, whose parameters follow the inputs that ONNX has."""
    given, places = node.attributes, range(RECURRENT, len(node.inputs))
    constants = [t.weights(node, place) for place in places]
    first = len(constants) - given["vectors"]
    return Units(
        given["hidden"],
        given["directions"],
        given["biases"],
        given["projection"],
        [("weights" if at < first else "bias", one) for at, one in enumerate(constants)],
    )


def _along(
    t: Translator, node: Node, data: Data, steps: int, examples: int
) -> tuple[Data, str]:  # fmt: skip
    """The tensor with the steps of a sequence along a side of its map, or as all its positions,
    and which: several sequences of one example are one beside the other."""
    along, others, channels = data.axis(steps), example(data.axes[examples]), data.axis(2)
    h, w, c = data.sides
    if equal(c, channels):
        known = {"hw": (h + w, ()), "h": (h, w), "w": (w, h)}
        for axis, (own, beside) in known.items():
            if equal(own, along) and equal(beside, others):
                return data, axis
    sides = Sides(others, along, channels) if others else Sides(along, (), channels)
    return t.rearranged(node, data, sides), "w" if others else "hw"


def _of_one_step(sides: Sides, axis: str) -> Sides:
    """The sides of a map of which one step of each sequence is left."""
    none: Atoms = ()
    return Sides(none if "h" in axis else sides.h, none if "w" in axis else sides.w, sides.c)
