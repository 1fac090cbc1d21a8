"""A network ten times as large takes ten times the steps and the memory, not a hundred times."""

from __future__ import annotations

import pytest

import costcalc
from tests.benchmarks.speed import spec
from tests.covering import mostly
from tests.measures import calls, memory


@pytest.mark.exhaustive
@pytest.mark.parametrize(("rows", "repeats"), [(100, 30), (3_000, 1)], ids=["repeats", "rows"])
@pytest.mark.parametrize("measure", mostly([calls], [memory]))
def test_linear(measure, rows, repeats, tmp_path):
    measured = []
    for name, text in (("small", spec(100, 3)), ("large", spec(rows, repeats))):
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        costcalc.load(path)  # once, for what only the first time costs
        measured.append(measure(lambda path=path: costcalc.load(path)))
    assert measured[1] < 10 * measured[0] * 1.2
