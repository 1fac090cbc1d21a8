"""docs/api.md: the library, from the signatures and docstrings of what a user imports."""

from __future__ import annotations

import ast
import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import costcalc
from costcalc.claims.ledger import Ledger, Line
from costcalc.control.budgets import Budgets, Held
from costcalc.control.changes import Change, Diff, LayerChange
from costcalc.cost.groups import Group
from costcalc.frames import Framed
from costcalc.memory.arena import Arena
from costcalc.memory.peak import Peak
from costcalc.report.drawing.drawing import Drawing
from costcalc.sweeps.grid import Grid
from costcalc.sweeps.points import Points

RESULTS = (
    Framed,
    Grid,
    Points,
    Diff,
    Change,
    LayerChange,
    Group,
    Ledger,
    Line,
    Budgets,
    Held,
    Peak,
    Arena,
    Drawing,
)
"""What functions and methods return, in the order of the page."""
_INTRODUCTION = """\
# The library

```python
import costcalc
```

`import costcalc` takes a few milliseconds; numpy is imported by what needs it. What stands here is
what a program may rely on; other modules are the library's own. Whatever is wrong with what a
function is given is a `CostcalcError`, whose text is a message for the user.
"""
WIDTH = 88
"""Characters of a line of code."""
_COMMA = re.compile(r", (?![^\[(]*[\])])")
"""A comma between arguments, not one inside of brackets."""
_SECTION = re.compile(r"^(Args|Returns|Raises):\n((?:    .*\n|\n(?=    ))+)", re.MULTILINE)


def page() -> str:
    """The page: functions, the network, what is returned, errors."""
    public = {name: getattr(costcalc, name) for name in costcalc.__all__}
    functions = {name: thing for name, thing in public.items() if inspect.isfunction(thing)}
    errors = [thing for thing in public.values() if _is_error(thing)]
    parts = [_INTRODUCTION, "## Functions"]
    for name, function in functions.items():
        parts += [f"### costcalc.{name}", *_function(f"costcalc.{name}", function)]
    parts += ["## costcalc.Network", *_class(costcalc.Network), "## What is returned"]
    for result in RESULTS:
        parts += [f"### {result.__name__}", *_class(result)]
    parts.append("## Errors")
    for error in errors:
        parts += [f"### costcalc.{error.__name__}", *_class(error)]
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _is_error(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, Exception)


def _class(described: type) -> Iterator[str]:
    """What it is, what it has, what it can do."""
    yield from _text(inspect.getdoc(described) or "")
    kinds = (property, functools.cached_property)
    public = [(n, m) for n, m in vars(described).items() if not n.startswith("_")]
    told = [(name, inspect.getdoc(member)) for name, member in public if isinstance(member, kinds)]
    if told:
        yield "\n".join(f"- `{name}`: {_line(text or '')}" for name, text in told)
    for name, member in public:
        if inspect.isfunction(member):
            yield f"#### {described.__name__}.{name}"
            yield from _function(f"{described.__name__}.{name}", member)


def _function(name: str, function: Callable[..., Any]) -> Iterator[str]:
    """How it is called, and its docstring."""
    yield f"```python\n{_signature(name, function)}\n```"
    yield from _text(inspect.getdoc(function) or "")


def _signature(name: str, function: Callable[..., Any]) -> str:
    """As it stands in the code, but for `self`."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(definition, ast.FunctionDef)
    definition.args.kw_defaults = [_value(function, d) for d in definition.args.kw_defaults]
    text = ast.unparse(definition.args).replace("'", '"')
    arguments = [re.sub(r"(: [^=]*?)=", r"\1 = ", one) for one in _COMMA.split(text)]
    arguments = [one for one in arguments if one != "self"]
    returns = f" -> {ast.unparse(definition.returns)}" if definition.returns else ""
    line = f"{name}({', '.join(arguments)}){returns}"
    if len(line) <= WIDTH:
        return line
    lines = "".join(f"    {one},\n" for one in arguments)
    return f"{name}(\n{lines}){returns}"


def _value(function: Callable[..., Any], default: ast.expr | None) -> ast.expr | None:
    """What a default is, where the code has a constant's name for it."""
    if not isinstance(default, ast.Name):
        return default
    return ast.parse(repr(function.__globals__[default.id]), mode="eval").body


def _text(docstring: str) -> Iterator[str]:
    """A docstring in Markdown: sections as lists, examples as code."""
    prose, marker, example = f"{docstring}\n".partition(">>> ")
    sections = _SECTION.findall(prose)
    yield _SECTION.sub("", prose)
    for title, text in sections:
        body = textwrap.dedent(text)
        entries = re.findall(r"^(\w+): (.*(?:\n    .*)*)", body, re.MULTILINE)
        if title == "Returns":
            yield f"Returns: {_line(body)}"
        elif title == "Raises":
            yield "\n".join(f"Raises `{error}`: {_line(why)}" for error, why in entries)
        else:
            yield "\n".join(f"- `{name}`: {_line(what)}" for name, what in entries)
    if marker:
        code, _, after = f"{marker}{example}".partition("\n\n")
        yield f"```pycon\n{code.rstrip()}\n```"
        yield after


def _line(text: str) -> str:
    return " ".join(text.split())
