"""One layer at a time: every operator, in every form, under every tool's convention."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator

import pytest

from costcalc.conventions.reading import load_convention, names
from costcalc.errors import CostcalcError, Source
from costcalc.language.forms import ABSENT, FORMS
from costcalc.language.grammar import parse
from costcalc.network import Network
from costcalc.ops import OPERATORS
from tests.conftest import TESTS
from tests.covering import at_once, mostly

SETTINGS = ("op", "form", "starts", "opset", "input", "rows")
REFUSED = {("onnx-tool", op) for op in ("lrn", "rms_norm", "regions", "roi_align", "deform_conv")}
"""Where the tool has no number itself."""


def measured() -> list[dict[str, str]]:
    with (TESTS / "facts" / "layers.csv").open() as file:
        return list(csv.DictReader(file))


FIRST = [next(rows) for _, rows in itertools.groupby(measured(), key=lambda row: row["op"])]
"""A network of every operator."""


def network(row: dict[str, str]) -> Network:
    text = (
        f"input: {row['input']}\n"
        f"implementation: {{biases: {row['starts']}, {row['op']}: {row['form']}}}\n"
        f"network:\n- columns: [op]\n  rows: [{row['rows']}]\n"
    )
    return Network(parse(Source("layer.yaml", text)), {})


def figures(row: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Convention, figure and what the tool printed: "" where it has no number."""
    for column, value in row.items():
        if column not in SETTINGS:
            convention, version, figure = column.split()
            assert load_convention(convention).version.split()[-1] == version
            yield convention, figure, value


@at_once("row", mostly(FIRST, measured()))
def test_every_tools_number(row):
    """To the last integer, for networks of one layer in PyTorch (tests/facts/layers.py)."""
    net = network(row)
    for convention, figure, value in figures(row):
        if value:
            counted = net.count(load_convention(convention))
            got = counted.params if figure == "params" else counted.figures[figure]
            assert got == int(value), f"{convention} {figure}"
        elif (convention, row["op"]) in REFUSED:
            with pytest.raises(CostcalcError, match=f"{convention} has no number for a network"):
                net.count(load_convention(convention))


def test_every_operator_was_measured():
    assert {row["op"] for row in measured()} == set(OPERATORS)


@at_once("name", names())
def test_every_operator_has_a_rule_with_its_reason(name):
    """A new operator fails here until each convention says what its tool counts for it, and why."""
    convention = load_convention(name)
    for op, form in itertools.product(OPERATORS, set(FORMS) - {ABSENT}):
        rule = convention.ruled(op, form)
        assert rule is not None, f"{name} has no rule for {op} as {form}"
        assert rule.why or rule.refused, f"{name} does not say why {op} costs that"
