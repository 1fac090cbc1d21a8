"""The schema of conventions."""

from __future__ import annotations

from costcalc.conventions import reading
from costcalc.conventions.convention import MOVEMENT
from costcalc.language.forms import BIASES, FORMS, STARTS
from costcalc.ops import OPERATORS
from costcalc.schema.parts import (
    CELL,
    MAPPING,
    NUMBER,
    PROSE,
    Schema,
    branched,
    enum,
    keys,
    listed,
    mapping,
    one_or_several,
    words,
)


def convention() -> Schema:
    """The schema of a convention. Its figures are keys of its rules, so these have any name."""
    figure = {"pattern": r"^[^\W\d]\w*$", "not": enum(reading.RULE)}
    rule = {
        "type": "object",
        "properties": {
            **{key: {**PROSE, "description": said} for key, said in reading.RULE.items()},
            "params": CELL,
            "op": one_or_several(enum([*OPERATORS, MOVEMENT])),
            "form": one_or_several(words(FORMS)),
            "once": mapping(CELL),
        },
        "required": ["op"],
        "additionalProperties": CELL,
    }
    shapes = {
        "figures": mapping(PROSE, propertyNames=figure),
        "params": CELL,
        "constants": mapping(NUMBER),
        "otherwise": branched(MAPPING, mapping(CELL), words(reading.OTHERWISE)),
        "assumes": listed(_assumption()),
        "rules": listed(rule),
    }
    return keys(reading.KEYS, shapes, ["params", "otherwise"])


def _assumption() -> Schema:
    forms = words({**FORMS, **STARTS})
    shapes = {"of": enum([*OPERATORS, BIASES]), "is": forms, "else": forms}
    return keys(reading.ASSUMPTION, shapes, ["of", "is", "else"])
