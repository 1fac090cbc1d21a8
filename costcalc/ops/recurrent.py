"""Recurrent layers: the same weights at each step of a sequence, with a state that goes on."""

from __future__ import annotations

from collections.abc import Mapping

from costcalc.numbers.conditions import ShapeError, require_at_least, require_positive
from costcalc.numbers.dimensions import Dim, Shape
from costcalc.numbers.symbol import let
from costcalc.ops.operator import Facts, Result, op
from costcalc.ops.pooling import Axis

LSTM = {"exp": 5, "add": 8, "mul": 5, "div": 5}
"""What a unit takes at a step beside its products with weights: three times sigmoid and twice tanh,
as the operators of these names, three products of gates and a sum."""
GRU = {"exp": 3, "add": 6, "mul": 4, "div": 3}
"""Twice sigmoid, once tanh, three products, a sum and a difference."""
RNN = {"exp": 1, "add": 2, "mul": 1, "div": 1}
"""Once tanh."""


def _recurrent(
    x: Shape, gates: int, work: Mapping[str, int], hidden: Dim, bidirectional: bool, biases: Dim,
    last: bool, axis: Axis, kept: int = 1, projection: Dim | None = None,
) -> Result:  # fmt: skip
    """Each gate of each unit has a weight for every input channel and for all that was said at the
    step before, which its state holds with the `kept - 1` other numbers of a unit."""
    require_positive("hidden", "the number of hidden units", hidden)
    require_at_least(0, "biases", "how many vectors of biases a gate has", biases)
    if projection is not None:
        require_positive("projection", "the number of projected units", projection)
    if axis == "c":
        raise ShapeError("steps are positions, along h, w or hw: write transpose before", "axis")
    said = hidden if projection is None else projection
    directions = 2 if bidirectional else 1
    units = directions * hidden
    whole = {"h": x._replace(h=1), "w": x._replace(w=1), "hw": x._replace(h=1, w=1)}[axis]
    steps = x.h * x.w
    projected = 0 if projection is None else units * projection
    weights = let("weights", gates * units * (x.c + said) + projected)
    y = (whole if last else x)._replace(c=directions * said)
    state = let("state", whole.h * whole.w * directions * (said + (kept - 1) * hidden))
    vectors = biases * gates * units
    each = {kind: times * units * steps for kind, times in work.items()}
    return y, Facts(
        weights=weights,
        biases=vectors,
        mult_adds=weights * steps,
        reads=x.size + weights + state,
        writes=y.size + state,
        scratch=state,
        elementwise={**each, "add": each["add"] + vectors * steps},
    )


@op("LSTM {hidden}", weighted=True, nonlinear=True)
def lstm(
    x: Shape,
    *,
    hidden: Dim,
    bidirectional: bool = False,
    projection: Dim | None = None,
    biases: Dim = 1,
    last: bool = False,
    axis: Axis = "hw",
) -> Result:
    """Long short-term memory (Hochreiter, Schmidhuber 1997) with forget gates (Gers et al. 2000).

    Three gates and what is to be remembered are `hidden` units each: 4 hidden (c + hidden) weights,
    which every step multiplies by its input and by what the step before said. A `bidirectional`
    layer has as many for the way back, and twice the channels; a `projection` makes so many of the
    units, and these are said (arXiv:1402.1128). A gate has one vector of `biases`, two in PyTorch
    and ONNX. All positions are the steps of one sequence, or each column along `h`, each row along
    `w`; the `last` step alone may come out. What goes from step to step is written and read once,
    and in memory while the layer runs.
    """
    return _recurrent(
        x, 4, LSTM, hidden, bidirectional, biases, last, axis, kept=2, projection=projection
    )


@op("GRU {hidden}", weighted=True, nonlinear=True)
def gru(
    x: Shape,
    *,
    hidden: Dim,
    bidirectional: bool = False,
    biases: Dim = 1,
    last: bool = False,
    axis: Axis = "hw",
) -> Result:
    """Gated recurrent units (Cho et al. 2014, arXiv:1406.1078): two gates and what is to be said.

    Else as `lstm`, which remembers more than what it says. Keras and PyTorch have two vectors of
    `biases`, the paper none.
    """
    return _recurrent(x, 3, GRU, hidden, bidirectional, biases, last, axis)


@op("RNN {hidden}", weighted=True, nonlinear=True)
def rnn(
    x: Shape,
    *,
    hidden: Dim,
    bidirectional: bool = False,
    biases: Dim = 1,
    last: bool = False,
    axis: Axis = "hw",
) -> Result:
    """A recurrent layer without gates: tanh of the sums is what is said (Elman 1990). As `lstm`."""
    return _recurrent(x, 1, RNN, hidden, bidirectional, biases, last, axis)
