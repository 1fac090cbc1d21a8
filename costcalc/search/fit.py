"""`costcalc.fit`: the largest value of one hyperparameter whose network is within a budget.

Costs are not assumed to grow with it: widths are rounded, and some values are no network. So
every value is counted, in arrays, and the largest that is within the budget is the largest.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.graph.execution import DEFAULT, Execution, execution
from costcalc.hardware.devices import read_device
from costcalc.language.amounts import MOST
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Value
from costcalc.language.settings import read_value
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.network import Network, read_convention
from costcalc.records import NamedTuple
from costcalc.search.budgets import IN_ELEMENTS, Budget, bytes_of, read_budgets
from costcalc.search.candidates import Candidates, candidates
from costcalc.search.growing import growing
from costcalc.search.upward import Point, Search, exceeded
from costcalc.sweeps.costs import MOVED, Measure, known_metrics
from costcalc.sweeps.grid import counted
from costcalc.sweeps.space import Axes, hyperparameter, split_index

ROWS = 10_000
"""The most combinations of the other hyperparameters."""
CHUNK = 1 << 20
"""Configurations that are counted at once."""
SETTLED = 3
"""A metric that is still the same after so many doublings does not depend on what grows."""
SHOWN = ("params", "mult_adds", "memory_access")
"""What is counted whether it has a budget or not."""


class Fit(NamedTuple):
    """What was found under one combination of the other hyperparameters (`given`).

    `largest` is the largest value within the budget, None where none is. `beyond` is the next
    larger one that is a network (the smallest of all where none fits), which exceeds the
    budget; None where there is none.
    """

    reference: str
    spec: Spec
    candidates: Candidates
    given: dict[str, Value]
    largest: Point | None
    beyond: Point | None

    @property
    def grows(self) -> str:
        """The name of what grows."""
        return self.candidates.parameter.name

    @property
    def settings(self) -> dict[str, Value]:
        """What was given and found, in the spec's order."""
        found = {} if self.largest is None else {self.grows: self.largest.value}
        every = {**self.given, **found}
        return {name: every[name] for name in self.spec.hyperparameters if name in every}


def fit(
    reference: str | os.PathLike[str],
    budget: Mapping[str, Any],
    /,
    *,
    grow: str | None = None,
    step: Any = None,
    convention: str | None = None,
    dtype: str | None = None,
    device: str | None = None,
    **hyperparameters: Any,
) -> Network:
    """The largest network within a budget: one hyperparameter grows, the others are as given.

    Args:
        reference: a name or the path of a spec.
        budget: the most of each metric, as a number or as text with a unit ("100M"): params,
            weights, biases, norm, mult_adds, memory_access (in elements), in bytes of `dtype`
            peak_memory, size and memory_access_bytes, with a convention its `cost`, and on a device
            the `time` of a run ("30ms").
        grow: the hyperparameter that grows; None for the first width multiplier that is not given,
            or the integer that is the width of the layers.
        step: its values are multiples of this, or its choices; None for 0.001, 1 for integers.
        convention: what is counted, as for `load`.
        dtype: the type of weights and activations, as for `Network.with_execution`; None for what
            the spec says, else 32 bit floats.
        device: where `time` is of, as for `time`.
        hyperparameters: settings of the others.

    Returns:
        The network with the largest value that is within the budget.

    Raises:
        CostcalcError: where nothing fits or everything does, and for unknown names and values.

    >>> costcalc.fit("mobilenet", {"mult_adds": "100M"}, res=160).settings()
    'alpha=0.578, res=160, classes=1000, body=separable'
    """
    spec = load_spec(reference)
    axes: dict[str, list[Value]] = {}
    for name, value in hyperparameters.items():
        axes[name] = [read_value(hyperparameter(spec, name), value)]
    counting = read_convention(convention)
    budgets = read_budgets(budget, counting, read_device(device))
    values = candidates(growing(spec, axes, grow), step)
    run = execution(dtype).of(spec.dtype)
    (found,) = search(os.fspath(reference), budgets, values, axes, convention, run, device)
    if found.largest is None:
        raise CostcalcError(f"{spec.key}: {why_not(found, budgets)}")
    return Network(spec, found.settings, counting, run)


def search(
    reference: str,
    budgets: Sequence[Budget],
    values: Candidates,
    axes: Axes,
    convention: str | None = None,
    run: Execution = DEFAULT,
    device: str | None = None,
    report: Callable[[int], None] = lambda points: None,
) -> list[Fit]:
    """The largest of the values within the budgets, for every combination of the axes.

    The values go on to twice as many until nothing in the upper half fits and its costs do not
    fall. `run` is what is counted: types, batch, fusion. `report` is told how many configurations
    are done. Raises `CostcalcError` where everything fits without end, and where a count exceeds
    64 bits.
    """
    spec = load_spec(reference)
    rows = math.prod(map(len, axes.values()))
    if rows > ROWS:
        raise CostcalcError(f"{rows:,} combinations to fit; the limit is {ROWS:,}")
    counting, on = read_convention(convention), read_device(device)
    known = known_metrics(counting, on)
    sizes = {metric: bytes_of(metric, run) for metric, _ in budgets if metric in IN_ELEMENTS}
    wanted = {*SHOWN, "cost", *(IN_ELEMENTS.get(metric, metric) for metric, _ in budgets)}
    metrics = [metric for metric in (*known, MOVED) if metric in wanted]
    measure = Measure(tuple(metrics), counting, on, run)
    searches = [Search(budgets) for _ in range(rows)]
    name = values.parameter.name
    last: Value = 0
    for number, band in enumerate(values.bands()):
        most = max(1, CHUNK // rows)
        for piece in (band[start : start + most] for start in range(0, len(band), most)):
            try:
                grid = counted(spec, measure, {**axes, name: piece})
            except CostcalcError as error:
                first = str(error).partition("\n")[0]
                at = f"{name} {show_value(piece[0])} to {show_value(piece[-1])}"
                raise CostcalcError(f"{at}: {first}\nname a smaller budget or sizes") from None
            valid = grid.valid.reshape(rows, -1)
            costs = {metric: grid[metric].reshape(rows, -1) for metric in metrics}
            costs |= {m: _bytes(costs[IN_ELEMENTS[m]], size) for m, size in sizes.items()}
            for row, one in enumerate(searches):
                one.look(piece, valid[row], {metric: all_[row] for metric, all_ in costs.items()})
            report(rows * len(piece))
        for one in searches:
            one.end_band(number)
            if number >= SETTLED and values.high is None and one.open and not one.varies:
                raise CostcalcError(_independent(spec, name, budgets))
        if number and not any(one.open for one in searches):
            break
        last = band[-1]
    else:
        if last != values.high and any(one.open and one.largest for one in searches):
            raise CostcalcError(
                f"{spec.key}: {name} {show_value(last)} still fits, and the search ends there\n"
                "name a smaller budget or a larger step"
            )
    combinations = itertools.product(*axes.values())
    return [
        Fit(reference, spec, values, dict(zip(axes, chosen, strict=True)), one.largest, one.beyond)
        for chosen, one in zip(combinations, searches, strict=True)
    ]


def _bytes(elements: Any, size: int) -> Any:
    """Elements of so many bytes each, exactly: what exceeds 64 bits stays a Python integer."""
    most = int(elements.max(initial=0))
    return (elements if most * size <= MOST else elements.astype(object)) * size


def _independent(spec: Spec, name: str, budgets: Sequence[Budget]) -> str:
    metrics = " and ".join(budget.metric for budget in budgets)
    verb = "does" if len(budgets) == 1 else "do"
    return (
        f"{spec.key}: {metrics} {verb} not depend on {name}: every {name} fits\n"
        "give another metric a budget, or let something else grow"
    )


def whole_lists(spec: Spec, axes: Axes) -> dict[str, Sequence[Value]]:
    """The axes with those of a list's indices (`k[1]`, `k[2]`) as one of whole lists.

    Raises `CostcalcError` for more lists than there can be lines.
    """
    whole: dict[str, Sequence[Value]] = {}
    indexed: dict[str, list[Sequence[Any]]] = {}
    for axis, values in axes.items():
        name, index = split_index(axis)
        if index is None:
            whole[name] = values
        else:
            whole[name] = []  # the first index says where it stands
            indexed.setdefault(name, []).append(values)
    for name, by_index in indexed.items():
        if math.prod(map(len, by_index)) > ROWS:
            raise CostcalcError(f"{name} of {spec.key}: more than {ROWS:,} lists to fit")
        whole[name] = list(itertools.product(*by_index))
    return whole


def why_not(found: Fit, budgets: Sequence[Budget]) -> str:
    """Why nothing fits, in words: what even the smallest network costs, or why there is none."""
    name = found.grows
    if found.beyond is None:
        return f"no {name} makes a network{_refusal(found)}"
    costs = " and ".join(
        f"{metric} is already {_said(found.beyond.costs[metric])}, over {_said(most)}"
        for metric, most in exceeded(found.beyond, budgets)
    )
    return f"no {name} fits: at {show_value(found.beyond.value)} {costs}"


def _said(cost: int | Fraction) -> str:
    """A cost in words: only a time is no whole number."""
    return f"{cost:,}" if isinstance(cost, int) else f"{float(cost):.4g} ms"


def _refusal(found: Fit) -> str:
    try:
        Network(found.spec, {**found.given, found.grows: found.candidates.parameter.default})
    except CostcalcError as error:
        return f", such as: {str(error).partition(chr(10))[0]}"
    return ""
