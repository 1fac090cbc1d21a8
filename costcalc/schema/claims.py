"""The schema of claims: tables of printed numbers, and single ones."""

from __future__ import annotations

import re

from costcalc.language import claims, quantities
from costcalc.language.claim import SHARED, WORDS
from costcalc.language.numerals import UNITS
from costcalc.language.provenance import KINDS, PROVING
from costcalc.schema.parts import (
    CELL,
    EMPTY,
    LIST,
    MAPPING,
    PROSE,
    SETTING,
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
from costcalc.schema.tables import printed

SOURCE = branched(
    MAPPING,
    mapping(PROSE, propertyNames=enum(KINDS), minProperties=1, maxProperties=1),
    words(KINDS),
)
_NUMBERS = (*quantities.COUNTED, *quantities.SHAPES, *quantities.REPORTED)


def claim() -> Schema:
    """A table of claims or a single one."""
    return branched(having("columns"), _table(), _single())


def _about() -> dict[str, Schema]:
    names = branched(LIST, listed(TEXT), TEXT)
    return {
        "network": TEXT,
        "settings": mapping(SETTING),
        "source": SOURCE,
        "counts": ref("counts"),
        "convention": TEXT,
        "without": names,
        "rows_of": names,
        "type": TEXT,
        "patches": {"type": ["integer", "string"], "minimum": 1},
        **{name: words(known) for name, known in WORDS.items()},
    }


def _said() -> dict[str, str]:
    known = {**quantities.ABOUT, "settings": "hyperparameters by name"}
    return {name: known[name] for name in SHARED}


def _table() -> Schema:
    """A cell is printed, or says what the row is about."""
    about = {key: shape for key, shape in _about().items() if key in claims.OF_ONE_NUMBER}
    cell = branched(
        MAPPING,
        branched(having("printed"), printed(about), MAPPING),
        branched(LIST, listed(CELL), EMPTY),
    )
    units = "|".join(re.escape(unit) for unit in UNITS if unit)
    head = rf"^(?:(?:{'|'.join(_NUMBERS)})\((?:{units})?\)|[^()]*)$"
    shapes = {
        "table": TEXT,
        "columns": listed({**TEXT, "pattern": head}),
        "rows": listed(listed(cell)),
        **_about(),
    }
    return keys({**claims.TABLE, **_said()}, shapes, ["table", "columns", "rows"])


def _single() -> Schema:
    """A number in running text, or a ratio of measurements."""
    known = {**quantities.COUNTED, **quantities.SHAPES, **quantities.RATIOS}
    measured = {
        "type": "object",
        "properties": {"quantity": words(quantities.COUNTED), **_about()},
        "required": ["quantity"],
    }
    shapes = {
        "where": TEXT,
        "quantity": words(known),
        "unit": enum([*UNITS]),
        "printed": branched(MAPPING, printed({}), TEXT),
        "let": mapping(measured),
        "is": CELL,
        "label": TEXT,
        **_about(),
    }
    single = keys({**claims.SINGLE, **_said()}, shapes, ["where", "quantity", "printed"])
    return single | {
        "allOf": [
            _if_then({"quantity": enum(quantities.RATIOS)}, {"anyOf": [having("is"), _LEFT_OPEN]}),
            _if_then({"source": {"not": {**_OF_PAPER}}}, {"not": _having_printed("erratum")}),
        ]
    }


_OF_PAPER = branched(MAPPING, {"anyOf": [having(kind) for kind in PROVING]}, enum(PROVING))


def _having_printed(verdict: str) -> Schema:
    return {"properties": {"printed": having(verdict)}}


_LEFT_OPEN = _having_printed("not reproducible")


def _if_then(properties: dict[str, Schema], then: Schema) -> Schema:
    return {"if": {"properties": properties, "required": [*properties]}, "then": then}
