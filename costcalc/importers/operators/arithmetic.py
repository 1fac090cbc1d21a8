"""Arithmetic on tensors element by element, and on a tensor and constants."""

from __future__ import annotations

import math

from costcalc.importers.features import feature
from costcalc.importers.layout import Data, Sides, holds, like
from costcalc.importers.learned import is_parameter, is_trained
from costcalc.importers.operators.attention import heads_of
from costcalc.importers.operators.meeting import joined
from costcalc.importers.operators.products import biased
from costcalc.importers.operators.registry import handles
from costcalc.importers.operators.trained import spread_over, trained
from costcalc.importers.patterns import WHOLE
from costcalc.importers.records import Constant, Node, Within
from costcalc.importers.scores import Scores
from costcalc.importers.sizes import value
from costcalc.importers.translate import Translator
from costcalc.numbers.dimensions import Kernel

JOINS = {
    "Add": "add", "Sum": "add", "Sub": "add", "Mul": "mul", "Div": "div", "Max": "maximum",
    "Min": "maximum", "Mean": "add", "And": "mul", "Or": "mul", "Mod": "div",
    "Greater": "maximum", "Less": "maximum", "Equal": "maximum", "Pow": "div",
    "GreaterOrEqual": "maximum", "LessOrEqual": "maximum", "Xor": "mul", "BitShift": "mul",
}  # fmt: skip
"""Arithmetic on two tensors, and the join it costs as much as."""


KINDS = {"add": "add", "mul": "mul", "div": "div", "maximum": "max"}
"""The arithmetic of a join."""


@handles("Add", "Sum", "Sub", "Mul", "Div", "Max", "Min", "Mean", "Mod", "Greater", "Less", "Equal",
         "GreaterOrEqual", "LessOrEqual", "And", "Or", "Xor", "Pow")  # fmt: skip
def binary(t: Translator, node: Node) -> None:
    """Arithmetic on two tensors or more, or on one and constants."""
    places = [i for i in range(len(node.inputs)) if t.tensor(node, i) is not None]
    if node.kind == "Mul" and not t.scales.isdisjoint(node.inputs):  # back from eight bits
        t.give(node, t.data(node, places[0]))
        return
    given = [t.constants[name] for name in node.inputs if name in t.constants]
    if len(places) == 1:
        _with_constants(t, node, places[0], given)
        return
    if node.kind == "Add" and len(places) == 2 and _as_bias(t, node, places):
        return
    joined(t, node, JOINS[node.kind], [t.data(node, place) for place in places])


@handles("Where")
def where(t: Translator, node: Node) -> None:
    """One of two tensors, element by element."""
    places = [i for i in range(3) if t.tensor(node, i) is not None]
    if len(places) == 1:
        found = t.tensor(node, places[0])
        if isinstance(found, Scores) and found.open:
            t.give(node, found.after(node))  # a mask within attention
            return
        data = t.data(node, places[0])
        row = t.spell(t.emit(node, "elementwise", [data], work="max"), node)
        t.give(node, like(row.name, data))
        return
    joined(t, node, "maximum", [t.data(node, place) for place in places])


def _as_bias(t: Translator, node: Node, places: list[int]) -> bool:
    """Whether one of two tensors are scores and the other one a bias of them, which is noted."""
    found = [t.tensor(node, place) for place in places]
    scores = next((one for one in found if isinstance(one, Scores) and one.open), None)
    bias = next((one for one in found if isinstance(one, Data)), None)
    if scores is None or bias is None or len(bias.axes) > len(scores.axes):
        return False
    if scores.bias is not None:  # of rows and of columns, as MViTv2 has them
        name = f"{node.outputs[0]}:biases"
        counted = {"within": [Within(WHOLE, "Identity", name)]}  # the file adds each to the scores
        pair = Node("Add", node.name, (), (name,), counted, node.line)
        joined(t, pair, "add", [scores.bias, bias])
        bias = t.data(Node("", "", pair.outputs, ()))
    t.give(node, scores.after(node, bias=bias))
    return True


def _with_constants(t: Translator, node: Node, place: int, given: list[Constant]) -> None:
    """One tensor and constants: a scale, a shift, a position embedding, or plain arithmetic."""
    found = t.tensor(node, place)
    constant = max(given, key=lambda one: math.prod(one.shape)) if given else None
    count = math.prod(constant.shape) if constant else 1
    if isinstance(found, Scores) and found.open and node.kind != "Pow":  # a scale, mask or bias
        tables, constant = found.tables, None if constant is None else t.whole_of(constant)
        several = count > 1 or (constant is not None and is_parameter(t, constant))
        if constant is not None and several and is_trained(t, constant):
            tables += () if _is_mask(t, found, constant) else (constant,)
        t.give(node, found.after(node, tables=tables))
        return
    if constant is not None and node.kind == "Add" and biased(t, node, place, constant):
        return
    constant = None if constant is None else t.whole_of(constant)
    data = t.data(node, place)
    more = max((len(one.shape) for one in given), default=0) - len(data.axes)
    if more > 0:  # axes of a constant stand before those of a tensor that has fewer
        data = data.with_axes((*[()] * more, *data.axes))
    op = JOINS[node.kind]
    if constant is None or count == 1:
        if _does_nothing(node, place, constant):
            t.passed(node, data)
            return
        if constant is not None and is_parameter(t, constant):
            row = t.emit(
                node, "parameter", [t.start], [("weights", constant)], size=Kernel(1, 1), out=1
            )
            joined(t, node, op, [data, Data(row.name, (), Sides((), (), ()))])
            return
        work = "exp" if node.kind == "Pow" else KINDS[op]
        row = t.spell(t.emit(node, "elementwise", [data], work=work), node)
        t.give(node, like(row.name, data))
        return
    repeated = _repeated(data, constant)
    if repeated is None:
        t.give(node, trained(t, node, data, constant, KINDS[op]))
        return
    stands = next(
        place for place, name in enumerate(node.inputs)
        if name in t.constants and t.constants[name].shape == constant.shape
    )  # fmt: skip
    joined(t, node, op, [data, feature(t, node, stands, channels=repeated)])


def _repeated(data: Data, constant: Constant) -> int | None:
    """The axis of a constant that is longer than a tensor's, which it repeats there; None where
    there is none."""
    own, rank = len(constant.shape), len(data.axes)
    for axis, size in enumerate(constant.shape):
        here = rank - own + axis
        if size != 1 and (here < 0 or value(data.sizes[here]) == 1):
            return axis
    return None


def _is_mask(t: Translator, scores: Scores, constant: Constant) -> bool:
    """Whether a constant is another one in each window, or the same in all of several heads, and
    so nothing that is trained, as far as one sees."""
    if t.file.tells_trained:  # then it, or a summand of it, is
        return False
    heads, windows = heads_of(scores.q)
    along = spread_over(Data("", scores.axes, Sides((), (), ())), constant)
    spread = [atom for i in along for atom in scores.axes[i]]
    several = math.prod(value(atom.size) for atom in heads) > 1
    alike = several and not any(holds(heads, (atom,)) for atom in spread)
    return alike or any(holds(windows, (one,)) for one in spread)


def _does_nothing(node: Node, place: int, constant: Constant | None) -> bool:
    if place and node.kind in ("Sub", "Div", "Pow"):  # the constant is the first of the two
        return False
    number = constant.values[0] if constant is not None and constant.values else None
    return number == {"Add": 0, "Sub": 0, "Mul": 1, "Div": 1, "Pow": 1}.get(node.kind, "none")
