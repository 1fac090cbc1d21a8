"""A box of a grid and rows one by one: the same configurations have the same columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from costcalc.library import load_spec
from costcalc.sweeps import chunks, structures
from costcalc.sweeps.axis import Axis, Numbers, as_values
from costcalc.sweeps.query import Query
from costcalc.sweeps.space import Space, read_axes
from costcalc.sweeps.tasks import Job, Part, Task
from costcalc.sweeps.where import Filter
from tests.covering import examples, mostly
from tests.sweeps.walking import rows, rows_of, walk

METRICS = ("params", "mult_adds", "memory_access", "peak_memory")
SPACES = {
    "mobilenet": {"body": "separable,full", "alpha": "0.01:0.09:0.02", "res": "32:96:16"},
    "mobilenet_v2": {"alpha": "0.5:0.8:0.1", "res": "32:112:16"},
    "shufflenet": {"g": "1,8", "scale": "0.25:0.75:0.25", "res": "64,65"},
    "resnet_cifar": {"depth": "14:26:6", "shortcut": "A,C", "res": "28,32"},
    "mobilevit": {"res": "64:160:32", "patch": "2,3"},
    "ofa_mobilenet_v3": {"d": "[2,2,3,4,4],[4,2,2,2,3]", "k": "3", "res": "128:160:8"},
}
"""Words, lists, sizes that decide the structure, now and again too, widths of no network."""


def space_of(name):
    spec = load_spec(name)
    axes = {}
    for axis, text in SPACES[name].items():
        axes |= read_axes(spec.hyperparameters[axis], text)
    return Space(spec, axes)


def axis_of(parameter, values, codes, way):
    """The same settings of rows: by codes, each row with its own value, or as floats."""
    axis = Axis(as_values(values), codes)
    if way == "codes" or not axis.is_numeric:
        return axis
    if way == "floats" and parameter.kind == "decimal":
        return Axis(Numbers(np.array([float(value) for value in values])[codes]))
    return axis.by_row()


@pytest.mark.parametrize("name", mostly([*SPACES][:2], [*SPACES]))
@examples(2, derandomize=True)
@example(["values"] * 4, 0, "res > 80", 1, structures.LONGEST, chunks.CHUNK)
@given(
    ways=st.lists(st.sampled_from(["codes", "values", "floats"]), min_size=4, max_size=4),
    seed=st.integers(0, 1000),
    wanted=st.sampled_from([None, "params % 3 == 0", "res > 60 and mult_adds < 60M"]),
    top=st.sampled_from([None, 1, 5]),
    longest=st.sampled_from([3, structures.LONGEST]),
    chunk=st.sampled_from([7, chunks.CHUNK]),
)
def test_both_selections_have_the_same_columns(name, ways, seed, wanted, top, longest, chunk):
    space = space_of(name)
    where = None if wanted is None else Filter(wanted, "--where")
    query = Query(
        METRICS, where, None if top is None else Filter("memory_access", "--sort"), top=top
    )
    order = np.random.default_rng(seed).permutation(space.points)
    indices = np.unravel_index(order, [len(values) for values in space.axes.values()])
    axes = {}
    for number, (axis, values) in enumerate(space.axes.items()):
        parameter = space.spec.hyperparameters[axis.partition("[")[0]]
        way = ways[number % len(ways)]
        axes[axis] = axis_of(parameter, values, indices[number], way)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(structures, "LONGEST", longest)
        patch.setattr(chunks, "CHUNK", chunk)
        patch.setattr(chunks, "SPARSE", 2)
        boxes = walk([space], query)
        found = Job([space], query).run(Task((Part(0, axes, len(order)),), len(order)))
    assert found.tally.configurations == boxes.tally.configurations == space.points
    assert found.tally.invalid == boxes.tally.invalid
    if top is None:
        assert sorted(map(repr, rows(found.columns))) == sorted(map(repr, rows_of(boxes)))
    else:
        least = [
            list(columns.get("memory_access", ())) for columns in (found.columns, boxes.columns)
        ]
        assert least[0] == least[1]
