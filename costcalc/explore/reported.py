"""Accuracies in a sweep: what the sources print for a configuration, and nothing between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np

from costcalc.count.reported import reported
from costcalc.spec.model import Spec, Value
from costcalc.spec.settings import plain

_COMPLEMENT = {"accuracy": "error", "error": "accuracy"}
"""Top-1, and in percent: either is 100 minus the other."""


def measurements(spec: Spec, quantity: str) -> list[tuple[dict[str, Value], Fraction]]:
    """Every configuration (all of its hyperparameters) with its printed value, in percent.

    Where a source prints two for the same one, the first in the spec's order stands: the paper
    before what its authors published later. Where only the error is printed, the accuracy is 100
    minus it, and the other way round.
    """
    other = _COMPLEMENT.get(quantity)
    found: dict[tuple[Value, ...], tuple[dict[str, Value], Fraction]] = {}
    everything = reported(spec)
    for wanted in (quantity, other):
        for one in everything:
            if one.quantity == wanted:
                value = one.value if wanted == quantity else 100 - one.value
                found.setdefault(tuple(one.settings.values()), (one.settings, value))
    return list(found.values())


def of_network(spec: Spec, quantity: str, settings: Mapping[str, Any]) -> Any:
    """The printed values of one network's configurations.

    `settings` has an array for every hyperparameter, decimals as float64; they are of one shape
    or broadcast to one, which is that of the result: float64, in percent, NaN where the source
    prints none.
    """
    arrays = {name: np.asarray(settings[name]) for name in spec.hyperparameters}
    shape = np.broadcast_shapes(*(values.shape for values in arrays.values()))
    found = np.full(shape, np.nan)
    for chosen, value in measurements(spec, quantity):
        equal = (arrays[name] == plain(wanted) for name, wanted in chosen.items())
        here = reduce(np.logical_and, equal, np.True_)
        found[np.broadcast_to(here, shape)] = float(value)
    return found


def of_rows(specs: Sequence[Spec], quantity: str, columns: Mapping[str, Any]) -> Any:
    """The printed values of a sweep's rows, of whichever network each is.

    `columns` are equally long: `network` (a spec's key) and all hyperparameters, which are None
    for the networks that do not have them. The result is float64, in percent, NaN where the row's
    source prints none.
    """
    networks = columns.get("network", np.empty(0, dtype=object))
    found = np.full(len(networks), np.nan)
    for spec in specs:
        rows = np.flatnonzero(networks == spec.key)
        if len(rows):
            # through a list: of mixed networks a column is of objects, of this one of numbers
            own = {name: np.array(columns[name][rows].tolist()) for name in spec.hyperparameters}
            found[rows] = of_network(spec, quantity, own)
    return found
