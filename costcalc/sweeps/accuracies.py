"""Accuracies in a sweep: what the sources print for a configuration, and nothing between."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from costcalc.claims.reported import reported
from costcalc.language.model import Value
from costcalc.language.settings import plain
from costcalc.language.spec import Spec
from costcalc.numbers.arrays import Array

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


def printed(
    spec: Spec, quantity: str, columns: Mapping[str, Array | tuple[Array, ...]]
) -> npt.NDArray[np.float64]:
    """The printed values of one network's configurations.

    `columns` has the column of every hyperparameter, decimals as float64, of a list a tuple of
    columns; they broadcast to one shape, which is that of the result: in percent, NaN where the
    source prints none.
    """
    parts = (array for column in columns.values() for array in _elements(column))
    shape = np.broadcast_shapes(*(array.shape for array in parts))
    found = np.full(shape, np.nan)
    for chosen, value in measurements(spec, quantity):
        equal = (
            array == plain(wanted)
            for name, setting in chosen.items()
            for array, wanted in zip(_elements(columns[name]), _elements(setting), strict=True)
        )
        here = reduce(np.logical_and, equal, np.True_)
        found[np.broadcast_to(here, shape)] = float(value)
    return found


def _elements(one: Any) -> tuple[Any, ...]:
    return one if isinstance(one, tuple) else (one,)
