"""The schema of specs."""

from __future__ import annotations

import keyword

from costcalc.language import columns, hyperparameters, tables
from costcalc.language.expressions import STRIDE
from costcalc.language.forms import BIASES, FORMS, STARTS
from costcalc.language.spec import KEYS, TASKS
from costcalc.ops import OPERATORS
from costcalc.schema.claims import SOURCE, claim
from costcalc.schema.parts import (
    CELL,
    DTYPE,
    MAPPING,
    NUMBER,
    PROSE,
    SETTING,
    SINGLE,
    TEXT,
    Schema,
    branched,
    counts,
    enum,
    keys,
    listed,
    mapping,
    one_or_several,
    ref,
    words,
)
from costcalc.schema.tables import (
    BLOCK,
    JOINS,
    NETWORK,
    OPEN,
    TENSOR,
    Mode,
    column,
    columns_of,
    definitions,
    page,
    table,
)

_INPUT = listed({**CELL, "minimum": 1}, minItems=3, maxItems=3)


def spec() -> Schema:
    """The schema of a network. Without blocks all operators and columns are known ones."""
    operators = {
        name: keys(columns_of(name), {key: column(key) for key in columns_of(name)})
        | {"description": page(name)}
        for name in OPERATORS
    }
    shapes = {
        "task": one_or_several(words(TASKS)),
        "hyperparameters": mapping(
            _hyperparameter(), propertyNames=_name(*hyperparameters.COLUMNS)
        ),
        "input": branched(MAPPING, mapping(_INPUT, propertyNames=TENSOR, minProperties=1), _INPUT),
        "outputs": listed(_output(), minItems=1, uniqueItems=True),
        "counts": ref("counts"),
        "dtype": DTYPE,
        "defaults": {"type": "object", "properties": operators, "additionalProperties": False},
        "implementation": {
            "type": "object",
            "properties": {**dict.fromkeys(OPERATORS, ref("form")), BIASES: words(STARTS)},
            "additionalProperties": False,
        },
        "use": mapping(listed(PROSE)),
        "blocks": mapping(_block(), propertyNames={"not": enum(OPERATORS)}),
        "network": {"type": "array", "minItems": 1},
        "once": listed(listed(TEXT, minItems=2)),
        "claims": listed(claim()),
    }
    has_blocks = {"anyOf": [{"required": ["blocks"]}, {"required": ["use"]}]}
    parts = {
        **dict(definitions()),
        "form": words(FORMS),
        "counts": counts(),
        "table": _table(NETWORK),
        "table_open": _table(OPEN),
    }
    return {
        **keys(KEYS, shapes, ["input", "network"]),
        **branched(has_blocks, _network(OPEN), _network(NETWORK)),
        "$defs": parts,
    }


def _network(mode: Mode) -> Schema:
    return {"properties": {"network": {"items": ref("table" if mode.known else "table_open")}}}


def _table(mode: Mode) -> Schema:
    return table(mode, tables.TABLE, table=PROSE, when=CELL, source=SOURCE)


def _block() -> Schema:
    argument = {**TEXT, **_name(*columns.COMMON, *columns.FOLLOWERS, *JOINS)}
    shapes = {"args": listed(argument), "defaults": mapping(ref("cell")), "next": mapping(CELL)}
    return table(BLOCK, tables.BLOCK, **shapes)


def _name(*taken: str) -> Schema:
    """What names a hyperparameter or an argument, as `can_name` has it."""
    known = sorted({*hyperparameters.TAKEN, *keyword.kwlist, *taken})
    return {
        "pattern": "^[A-Za-z][A-Za-z0-9_]*$",
        "not": {"anyOf": [enum(known), {"pattern": f"^(?:{STRIDE.pattern})$"}]},
    }


def _hyperparameter() -> Schema:
    shapes = {
        "default": SETTING,
        "by": mapping(mapping(SETTING), minProperties=1, maxProperties=1),
        "choices": listed(SINGLE),
        "min": NUMBER,
        "max": NUMBER,
    }
    return branched(MAPPING, keys(hyperparameters.KEYS, shapes, ["default"]), SETTING)


def _output() -> Schema:
    said = {"from": "the name of a tensor", "when": "the condition under which it is an output"}
    return branched(MAPPING, keys(said, {"from": TEXT, "when": CELL}, ["from"]), TEXT)
