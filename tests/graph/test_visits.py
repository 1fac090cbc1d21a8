"""What each row of the text became: every layer is of one, in as many places as it stands for."""

import pytest

from costcalc.diagnosis import diagnose
from costcalc.errors import Source
from costcalc.language.model import Join, Row
from costcalc.language.model import steps as every
from costcalc.library import load_spec
from costcalc.ops import ACTIVATIONS, NORMS, OPERATORS
from tests.covering import networks


@pytest.mark.parametrize("name", networks(4))
def test_every_layer_is_of_a_row(name):
    """Rows of blocks are there in each call, those that are like one before too."""
    found = diagnose(load_spec(name).source)
    assert found.spec is not None
    visits = found.visits.by_step()
    layers = found.graph.layers
    for run in found.graph.rows:
        assert [i for visit in visits[id(run.row)] for i in visit.layers] == run.layers
    bodies = [table.body for table in found.spec.network]
    bodies += [block.table.body for block in found.spec.blocks.values()]
    called = set()
    for step in (step for body in bodies for step in every(body)):
        if isinstance(step, Row | Join) and step.operation.text in OPERATORS:
            for visit in visits.get(id(step), ()):
                called.update(visit.layers)
                if visit.layers:
                    first = layers[visit.layers[0]]
                    alone = isinstance(step, Join) and len(first.inputs) == 1  # it is what it is
                    followers = {*NORMS.values(), *ACTIVATIONS.values()}
                    assert first.op in (followers if alone else {step.operation.text})
                    assert layers[visit.layers[-1]].output == visit.output
    assert called == set(range(len(layers)))


BLOCKS = """\
input: [32, 32, 3]
blocks:
  inner: {args: [out], columns: [op, k, out], rows: [[conv, 1x1, out], [conv, 3x3, out]]}
  outer:
    args: [out, many]
    columns: [op, out]
    rows:
    - many x: [[inner, out]]
    - [inner, 2 * out]
network:
- columns: [op, out, many]
  rows:
  - [outer, 8, 2]
  - 2x: [[outer, 16, 2]]
"""


def test_calls_within_calls_count_each_time():
    found = diagnose(Source("net.yaml", BLOCKS))
    assert found.errors == []
    visits = found.visits.by_step()
    inner, outer = (found.spec.blocks[name].table.body for name in ("inner", "outer"))
    assert [len(visits[id(row)]) for row in inner] == [9, 9]
    assert [v.output.c for v in visits[id(inner[0])]] == [8, 8, 16, 16, 16, 32, 16, 16, 32]
    starts = [visit.layers.start for visit in visits[id(inner[1])]]
    assert starts == [1, 3, 5, 7, 9, 11, 13, 15, 17]
    assert [len(visit.layers) for visit in visits[id(outer[1])]] == [2, 2, 2]
