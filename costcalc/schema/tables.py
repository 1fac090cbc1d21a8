"""Schemas of tables and blocks: heads, rows, joins and repeats."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator

from costcalc.graph import cells
from costcalc.language import columns, fields, tables
from costcalc.language.forms import FORMS
from costcalc.language.numerals import UNITS
from costcalc.ops import ACTIVATIONS, NORMS, OPERATORS
from costcalc.records import NamedTuple
from costcalc.schema.parts import (
    CELL,
    EMPTY,
    LIST,
    MAPPING,
    TEXT,
    Schema,
    branched,
    enum,
    having,
    keys,
    listed,
    mapping,
    ref,
    words,
)

JOINS = [name for name, operator in OPERATORS.items() if operator.join]
WORDS = {
    "norm": NORMS,
    "act": ACTIVATIONS,
    "pad": cells.PADS,
    "mode": cells.MODES,
    "rounding": cells.ROUNDINGS,
    "how": cells.REDUCTIONS,
}
"""Columns of words; a hyperparameter or an argument may stand for one."""
_REPEAT = "^.+x$"
_VARIANT = r"(?:\(\s*\w+\s*=.*\))?"
TENSOR = {**TEXT, "pattern": "^[^/]+$"}


class Mode(NamedTuple):
    """Where rows stand: which operators they can call, and whether their cells are printed.

    Of a table that begins with `op` a row begins with what it calls.
    """

    name: str
    known: bool
    printed: bool
    called: bool = False

    def ref(self, what: str) -> Schema:
        """One of the definitions of the mode."""
        return ref(f"{what}_{self.name}{'_called' if self.called else ''}")


NETWORK = Mode("network", known=True, printed=True)
"""A network without blocks: every operator and column is one of ours."""
OPEN = Mode("open", known=False, printed=True)
"""A network with blocks of its own or of others."""
BLOCK = Mode("block", known=False, printed=False)
"""What stands in a block, which may call others."""


def definitions() -> Iterator[tuple[str, Schema]]:
    """What the schemas of tables and blocks refer to, by name."""
    yield "cell", branched(LIST, listed(CELL), EMPTY)
    yield "join", _join()
    yield "misprint", printed({"is": CELL}) | {"dependentRequired": {"is": ["erratum"]}}
    for one in (NETWORK, OPEN):
        yield f"operator_{one.name}", _operator(one)
    for name, known in WORDS.items():
        yield f"word_{name}", {"anyOf": [enum(known), ref("cell")]}
    for where in (NETWORK, OPEN, BLOCK):
        yield f"columns_{where.name}", _columns(where)
        for mode in (where, where._replace(called=True)):
            end = "_called" if mode.called else ""
            yield f"rows_{mode.name}{end}", listed(mode.ref("step"))
            yield f"step_{mode.name}{end}", branched(LIST, _list_row(mode), _mapping_row(mode))
            yield f"branch_{mode.name}{end}", _branch(mode)


def table(mode: Mode, documented: dict[str, str], **more: Schema) -> Schema:
    """A table of a network, or a block."""
    shapes = {
        "columns": listed(_head(mode), uniqueItems=True),
        "scale": mapping(CELL, propertyNames={"not": enum(columns.UNSCALED)}),
        "first": listed(TEXT),
        "rows": {"type": "array"},
        **more,
    }
    begins = {"properties": {"columns": {"type": "array", "prefixItems": [{"const": "op"}]}}}
    called = mode._replace(called=True)
    return keys(documented, shapes, ["rows"]) | branched(
        {**begins, "required": ["columns"]},
        {"properties": {"rows": called.ref("rows")}},
        {"properties": {"rows": mode.ref("rows")}},
    )


def printed(more: dict[str, Schema]) -> Schema:
    """A cell that says more than its number: at most one verdict of several."""
    documented = {**fields.PRINTED, **dict.fromkeys(more, "")}
    if "is" in more:
        documented["is"] = "what the row has in its place"
    shapes = {
        "printed": EMPTY,
        "digits": {"type": "integer", "minimum": 1, "maximum": 15},
        **more,
    }
    verdicts = [*fields.VERDICTS]
    pairs = [[a, b] for i, a in enumerate(verdicts) for b in verdicts[i + 1 :]]
    return keys(documented, shapes, ["printed"]) | {
        "not": {"anyOf": [{"required": pair} for pair in pairs]}
    }


def column(name: str) -> Schema:
    """A cell of a column that is not misprinted."""
    return ref(f"word_{name}" if name in WORDS else "cell")


def columns_of(operator: str) -> dict[str, str]:
    """The columns of an operator, with what those of all are."""
    followers = columns.FOLLOWERS if OPERATORS[operator].weighted else {}
    return {**dict.fromkeys(OPERATORS[operator].arguments, ""), **followers}


def page(operator: str) -> str:
    """What an operator is: the first lines of its docstring, which is its page."""
    text = inspect.getdoc(OPERATORS[operator].run) or ""
    return text.split("\n\n")[0].replace("\n", " ")


def _arguments() -> list[str]:
    """Every column that an operator has of its own."""
    return sorted({name for operator in OPERATORS.values() for name in operator.arguments})


def _any(names: Iterable[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, names))})"


def _head(mode: Mode) -> Schema:
    """The head of a column: a name, one for some settings, or what is checked or kept."""
    one_cell = _any(("op", "name", "when"))
    known = (*columns.COMMON, *columns.FOLLOWERS, *_arguments())
    several = _any(n for n in known if n not in ("op", "name", "when"))
    if not mode.known:
        several = rf"(?!{one_cell}\(|check\()[A-Za-z_]\w*"
    heads = [one_cell, several + _VARIANT, r"keep\(.*\)"]
    if mode.printed:
        units = _any(unit for unit in UNITS if unit)
        heads.append(rf"check\({_any(columns.CHECKABLE)}(?:\({units}?\))?\)")
    return {"type": "string", "pattern": f"^(?:{'|'.join(heads)})$"}


def _operator(mode: Mode) -> Schema:
    if not mode.known:
        return {"not": enum(JOINS)}
    known = {name: page(name) for name in OPERATORS if name not in JOINS}
    return words(known, {"type": "null"})


def _called(mode: Mode) -> Schema:
    return ref(f"operator_{(NETWORK if mode.known else OPEN).name}")


def _columns(mode: Mode) -> Schema:
    """Columns that a row can have, those of blocks by any name."""
    said = {**dict.fromkeys(_arguments(), ""), **columns.COMMON, **columns.FOLLOWERS}
    shapes = {"op": _called(mode), "name": TENSOR, "form": words(FORMS)}
    properties = {}
    for name, of in said.items():
        shape = shapes.get(name) or column(name)
        properties[name] = {**shape, "description": of} if of else shape
    if mode.printed:
        properties = {
            name: {**branched(MAPPING, ref("misprint"), shape), **_description(shape)}
            for name, shape in properties.items()
        }
    return {
        "type": "object",
        "properties": properties,
        "propertyNames": _head(mode),
        **({} if mode.printed else {"additionalProperties": ref("cell")}),
    }


def _description(shape: Schema) -> Schema:
    return {"description": shape["description"]} if "description" in shape else {}


def _list_row(mode: Mode) -> Schema:
    """Cells, lists of them, what is misprinted, and what the row says elsewhere."""
    elsewhere = ref(f"columns_{mode.name}")
    if mode.printed:
        elsewhere = branched(having("printed"), ref("misprint"), elsewhere)
    row = listed(branched(MAPPING, elsewhere, ref("cell")))
    if mode.called:
        row["prefixItems"] = [branched(MAPPING, elsewhere, _called(mode))]
    return row


def _mapping_row(mode: Mode) -> Schema:
    """A row by its columns, a join, a repeat, or rows under a condition."""
    repeat = {
        "type": "object",
        "properties": {"when": CELL, "rows": mode.ref("rows")},
        "patternProperties": {_REPEAT: mode.ref("rows")},
        "additionalProperties": False,
        "minProperties": 1,
    }
    branches = branched(MAPPING, mode.ref("branch"), listed(mode.ref("branch"), minItems=1))
    join = {**ref("join"), "properties": dict.fromkeys(JOINS, branches)}
    joins = {"anyOf": [having(name) for name in JOINS]}
    return branched(having("op"), ref(f"columns_{mode.name}"), branched(joins, join, repeat))


def _join() -> Schema:
    """The keys of each join beside its branches, which depend on where it stands."""
    shape: Schema = {}
    for name in JOINS:
        own = {key: columns.COMMON[key] for key in columns.OF_JOIN}
        said = {name: page(name), **own, **columns.FOLLOWERS, **columns_of(name)}
        shapes = {name: {}, "name": TENSOR, "form": words(FORMS), "from": TEXT, "when": CELL}
        others = {key: column(key) for key in said if key not in shapes}
        shape = branched(having(name), keys(said, {**others, **shapes}, [name]), shape)
    return shape


def _branch(mode: Mode) -> Schema:
    """A tensor's name, rows, `{4x: rows}`, or `{when: …, from: …, rows: …}`."""
    shapes = {"when": CELL, "from": TEXT, "rows": mode.ref("rows")}
    written = keys(tables.BRANCH, shapes) | {"anyOf": [having("rows"), having("from")]}
    repeated = {
        "type": "object",
        "properties": {"when": CELL, "from": TEXT},
        "patternProperties": {_REPEAT: mode.ref("rows")},
        "additionalProperties": False,
    }
    repeats = {"type": "object", "not": {"propertyNames": {"not": {"pattern": _REPEAT}}}}
    rows = {"type": "array", "items": {**mode.ref("step"), "type": ["array", "object"]}}
    return branched(LIST, rows, branched(repeats, repeated, branched(MAPPING, written, TEXT)))
