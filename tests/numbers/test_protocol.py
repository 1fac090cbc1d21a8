"""Numbers that are many at once are declared: nobody asks one what it can do."""

from __future__ import annotations

import ast

import pytest

from costcalc.numbers.decimal_array import DecimalArray
from costcalc.numbers.factored import FactoredArray
from costcalc.numbers.protocol import ArrayOverAxes, RationalArray
from costcalc.numbers.ratio_array import RatioArray
from tests.conftest import ROOT

ROOMS = ("numbers", "ops", "graph", "cost", "memory", "conventions")
"""Where formulas are computed, on whatever numbers come."""


def asked(path):
    """The functions of a file in which `hasattr` is called."""
    tree = ast.parse(path.read_text())
    return {
        f"{path.stem}.{function.name}"
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "hasattr"
    }


def test_only_an_array_of_numpys_is_known_by_what_it_has():
    """It cannot be named without importing numpy, which the main job does not."""
    files = [path for room in ROOMS for path in (ROOT / "costcalc" / room).rglob("*.py")]
    assert set().union(*map(asked, files)) == {"protocol.is_array"}


@pytest.mark.parametrize(
    ("kind", "protocol"),
    [
        (FactoredArray, ArrayOverAxes), (DecimalArray, RationalArray), (RatioArray, RationalArray),
    ],
)  # fmt: skip
def test_each_kind_keeps_its_promises(kind, protocol):
    assert issubclass(kind, protocol)
    promised = [name for name, part in vars(protocol).items() if _is_abstract(part)]
    assert all(not _is_abstract(getattr(kind, name)) for name in promised)
    assert "__dict__" not in dir(kind)  # millions are made


def _is_abstract(part):
    return getattr(part, "__isabstractmethod__", False)
