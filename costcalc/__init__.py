"""What a convolutional network costs, exactly: parameters, Mult-Adds and memory access.

>>> import costcalc
>>> costcalc.load("mobilenet", alpha=0.5, res=160).mult_adds
76524800
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from costcalc.frames import VIEWS

__version__ = "0.2.0"
__all__ = [
    "CostcalcError",
    "Network",
    "SpecError",
    "board",
    "budgets",
    "calibrate",
    "check",
    "compare",
    "convert",
    "diff",
    "draw",
    "findings",
    "fit",
    "html_report",
    "load",
    "load_operators",
    "points",
    "sample",
    "sweep",
    "time",
]

if TYPE_CHECKING:
    from costcalc.api import check, compare
    from costcalc.control.budgets import budgets
    from costcalc.control.diff import diff
    from costcalc.conversion import convert
    from costcalc.diagnosis import findings
    from costcalc.errors import CostcalcError, SpecError
    from costcalc.hardware.times import time
    from costcalc.network import Network, load
    from costcalc.operators import load_operators
    from costcalc.report.drawing.drawing import draw
    from costcalc.report.html.page import html_report
    from costcalc.search.board import board
    from costcalc.search.fit import fit
    from costcalc.sweeps.grid import sweep
    from costcalc.sweeps.points import points, sample
    from costcalc.tables.measurements import calibrate

_LATER = {
    "CostcalcError": "errors",
    "Network": "network",
    "SpecError": "errors",
    "board": "search.board",
    "budgets": "control.budgets",
    "calibrate": "tables.measurements",
    "check": "api",
    "compare": "api",
    "convert": "conversion",
    "diff": "control.diff",
    "draw": "report.drawing.drawing",
    "findings": "diagnosis",
    "fit": "search.fit",
    "html_report": "report.html.page",
    "load": "network",
    "load_operators": "operators",
    "points": "sweeps.points",
    "sample": "sweeps.points",
    "sweep": "sweeps.grid",
    "time": "hardware.times",
}
"""Each name and its module, which is imported when it is asked for: nobody waits for the others."""


def _view(result: Any) -> Any:
    """How a result looks in a notebook, and its columns."""
    return import_module("costcalc.report.notebook").view(result)


VIEWS.append(_view)


def __getattr__(name: str) -> Any:
    """A name of `_LATER`, imported when it is asked for."""
    if name in _LATER:
        return getattr(import_module(f"costcalc.{_LATER[name]}"), name)
    raise AttributeError(f"module 'costcalc' has no attribute '{name}'")
