"""Formulas at random: over a mesh as arithmetic on its axes, and at every point as Python's."""

from __future__ import annotations

import contextlib
import operator
from unittest import mock

import numpy as np
from hypothesis import strategies as st

from costcalc.numbers import column
from costcalc.numbers.factored import FactoredArray

SIZES = (3, 4, 2)
OPERATIONS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.floordiv,
    operator.mod,
    lambda a, b: 1 * (a > b),  # what some have and others do not
]


def leaves():
    values = st.integers(1, 50)
    axes = st.integers(0, len(SIZES) - 1)
    along = axes.flatmap(
        lambda axis: st.tuples(
            st.just(axis), st.lists(values, min_size=SIZES[axis], max_size=SIZES[axis])
        )
    )
    return st.one_of(values, along)


def trees():
    return st.recursive(
        leaves(), lambda inner: st.tuples(st.sampled_from(OPERATIONS), inner, inner), max_leaves=7
    )


def on_mesh(tree, space):
    if isinstance(tree, int):
        return tree
    if isinstance(tree[0], int):
        return space.axis(*tree)
    return tree[0](on_mesh(tree[1], space), on_mesh(tree[2], space))


def at_points(tree):
    """The same in Python's integers at every point."""
    if isinstance(tree, int):
        return np.full(SIZES, tree, dtype=object)
    if isinstance(tree[0], int):
        axis, values = tree
        shape = [-1 if i == axis else 1 for i in range(len(SIZES))]
        return np.broadcast_to(np.array(values, dtype=object).reshape(shape), SIZES)
    return np.asarray(tree[0](at_points(tree[1]), at_points(tree[2])), dtype=object)


@contextlib.contextmanager
def blocks(long):
    """Where it is long, what is along one axis is computed in blocks of one value each."""
    with mock.patch.object(column, "BLOCK", 1 if long else column.BLOCK):
        yield


def as_factored(value, space):
    return value if isinstance(value, FactoredArray) else space.constant(value)
