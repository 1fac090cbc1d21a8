"""A network eight times as large takes eight times the steps and the memory, not 64 times."""

from __future__ import annotations

import pytest

import costcalc
from tests.benchmarks.speed import spec
from tests.covering import mostly
from tests.measures import calls, memory


@pytest.mark.exhaustive
@pytest.mark.parametrize(
    ("small", "large"), [((100, 4), (100, 32)), ((375, 1), (3_000, 1))], ids=["repeats", "rows"]
)
@pytest.mark.parametrize("measure", mostly([calls], [memory]))
def test_linear(measure, small, large, tmp_path):
    measured = []
    for rows, repeats in (small, large):
        path = tmp_path / f"{rows}_{repeats}.yaml"
        path.write_text(spec(rows, repeats))
        costcalc.load(path)  # once, for what only the first time costs
        measured.append(measure(lambda path=path: costcalc.load(path)))
    assert measured[1] < 8 * measured[0] * 1.2  # Python's tables double, so eight is even
