"""Operators of a project's own: what one is written with, and how it is loaded.

A module of them is Python code. It runs because somebody names it (`--operators my_ops.py`,
`load_operators`), never because a spec does.

    from __future__ import annotations

    from costcalc.operators import Facts, Result, Shape, op

    @op("Shift")
    def shift(x: Shape) -> Result:
        return x, Facts(reads=x.size, writes=x.size)
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from costcalc.errors import CostcalcError, Source, suggest
from costcalc.graph.cells import READERS
from costcalc.language.columns import COMMON, FOLLOWERS
from costcalc.language.reader import read_source, status
from costcalc.numbers.conditions import (
    ShapeError,
    require_at_least,
    require_divides,
    require_everywhere,
    require_positive,
)
from costcalc.numbers.dimensions import Dim, Kernel, Shape, ceildiv, gcd, larger, smaller
from costcalc.numbers.symbol import let
from costcalc.ops.operator import OPERATORS, Facts, Operator, Result, op
from costcalc.ops.window import Pad, Stride, window
from costcalc.records import NamedTuple
from costcalc.safe_text import visible

__all__ = [
    "Dim",
    "Facts",
    "Kernel",
    "Pad",
    "Result",
    "Shape",
    "ShapeError",
    "Stride",
    "ceildiv",
    "gcd",
    "larger",
    "let",
    "load_operators",
    "op",
    "require_at_least",
    "require_divides",
    "require_everywhere",
    "require_positive",
    "smaller",
    "window",
]

GROUP = "costcalc.operators"
"""The entry point group under which a package offers a module of operators."""


class Loaded(NamedTuple):
    """A module of operators: how it was named (a file by its full path), its text, and what it
    defines."""

    reference: str
    source: Source
    operators: tuple[str, ...]


_LOADED: dict[str, Loaded] = {}


def load_operators(reference: str | os.PathLike[str]) -> tuple[str, ...]:
    """Load the operators of a Python file, or of an installed package by its entry point's name.

    Args:
        reference: a path ("my_ops.py"), or a name of the entry point group `costcalc.operators`.

    Returns:
        The names of the operators, which any spec may call from now on. Loading the same once more
        does nothing.

    Raises:
        CostcalcError: where there is no such module, its code fails, or an operator of it has the
            name of another one. Then none of its operators is there.

    >>> code = '''
    ... from costcalc.operators import Facts, Result, Shape, op
    ...
    ... @op("Shift")
    ... def shift(x: Shape) -> Result:
    ...     return x, Facts(reads=x.size, writes=x.size)
    ... '''
    >>> with open("shift.py", "w") as file:
    ...     characters = file.write(code)
    >>> costcalc.load_operators("shift.py")
    ('shift',)
    """
    reference = os.fspath(reference)
    if os.sep in reference or reference.endswith(".py") or os.path.exists(reference):
        status(reference, "operators are a Python file")
        reference = os.path.abspath(reference)
    if reference not in _LOADED:
        _LOADED[reference] = _load(reference)
    return _LOADED[reference].operators


def loaded() -> tuple[Loaded, ...]:
    """All modules of operators that were loaded, for whoever has to load the same elsewhere."""
    return tuple(_LOADED.values())


def load_same(modules: tuple[Loaded, ...]) -> None:
    """Load what was loaded elsewhere. Raises `CostcalcError` where a module has another text."""
    for module in modules:
        load_operators(module.reference)
        if _LOADED[module.reference].source.text != module.source.text:
            raise CostcalcError("has another text where a worker runs", module.reference)


def origin(operator: str) -> str:
    """The module that an operator was loaded from, "" for one of costcalc's own."""
    return next((m.reference for m in _LOADED.values() if operator in m.operators), "")


def _load(reference: str) -> Loaded:
    before = dict(OPERATORS)
    try:
        module = _run_file(reference) if os.path.isabs(reference) else _import(reference)
        new = [o for name, o in OPERATORS.items() if _is_of(o, module) or name not in before]
        if not new:
            raise CostcalcError("defines no operator\nwrite @op before a function", reference)
        for operator in new:
            _check(operator, reference)
            OPERATORS[operator.name] = operator._replace(run=_guarded(operator, reference))
        path = module.__file__ or reference
        return Loaded(reference, read_source(path), tuple(operator.name for operator in new))
    except BaseException:
        OPERATORS.clear()
        OPERATORS.update(before)
        raise


def _is_of(operator: Operator, module: ModuleType) -> bool:
    return operator.run.__module__ == module.__name__


def _run_file(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{GROUP}:{path}", path)
    if spec is None or spec.loader is None:
        raise CostcalcError("is no Python file (.py)", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # as dataclasses and the like expect
    try:
        with _failures(path):
            spec.loader.exec_module(module)
    except CostcalcError:
        del sys.modules[spec.name]
        raise
    return module


def _import(name: str) -> ModuleType:
    """The module of an entry point. No other installed module is imported."""
    from importlib.metadata import entry_points

    points = {point.name: point for point in entry_points(group=GROUP)}
    if name not in points:
        hint = suggest(name, points, "installed modules of operators")
        raise CostcalcError(
            f"no installed package has operators named '{name}'\n{hint}\n"
            "the path of a file ends with .py"
        )
    with _failures(name):
        return importlib.import_module(points[name].module)


@contextlib.contextmanager
def _failures(reference: str) -> Iterator[None]:
    """Whatever a module's code raises, as a message with the line where that was."""
    try:
        yield
    except (Exception, SystemExit) as error:
        what = f"{type(error).__name__}: {visible(str(error))}"
        if isinstance(error, SyntaxError):
            what = f"{type(error).__name__}: {visible(error.msg)}"
            raise CostcalcError(what, f"{error.filename}:{error.lineno}") from None
        frames = traceback.extract_tb(error.__traceback__)
        line = next((f":{f.lineno}" for f in reversed(frames) if f.filename == reference), "")
        raise CostcalcError(what, f"{reference}{line}") from None


def _check(operator: Operator, reference: str) -> None:
    """Raise `CostcalcError` for a signature that no spec could call."""
    where = f"operator '{operator.name}'"
    if operator.inputs == 0:
        raise CostcalcError(f"{where} takes no tensor\nwrite x: Shape before the *", reference)
    for argument in operator.arguments.values():
        if argument.name in (*COMMON, *FOLLOWERS):
            raise CostcalcError(
                f"{where} has an argument '{argument.name}', the name of a column of every row",
                reference,
            )
        if argument.kind not in READERS:
            raise CostcalcError(
                f"{where}: no cell is read as '{argument.kind}' (its argument {argument.name})\n"
                f"annotations are {', '.join(READERS)}, after from __future__ import annotations",
                reference,
            )


def _guarded(operator: Operator, reference: str) -> Callable[..., Result]:
    """The operator's function; what goes wrong in it is a message, since its code is not ours."""

    @functools.wraps(operator.run)
    def run(*shapes: Shape, **arguments: Any) -> Result:
        try:
            returned = operator.run(*shapes, **arguments)
            if tuple(map(type, returned)) != (Shape, Facts):
                raise TypeError("an operator returns a Shape and Facts")
            if operator.moves and not returned[1].moves_only:
                raise TypeError("what moves=True says computes nothing and has no parameters")
        except Exception as error:
            if type(error).__module__.partition(".")[0] == "costcalc":
                raise  # what our own functions say of sizes
            what = f"{type(error).__name__}: {error}"
            raise ShapeError(f"{operator.name} of {reference} fails: {what}") from error
        return returned

    return run
