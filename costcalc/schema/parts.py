"""What schemas are made of: words, mappings with documented keys, cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from costcalc.language.fields import COUNTABLE
from costcalc.language.quantities import DTYPES

Schema = dict[str, Any]

TEXT: Schema = {"type": ["string", "number", "boolean"]}
"""A piece of text: YAML reads some as numbers or truth values, costcalc as they are written."""
PROSE: Schema = {"type": ["string", "number"]}
CELL: Schema = {"type": ["string", "number", "boolean"], "description": "a value or an expression"}
"""A cell of a table that is not left empty."""
EMPTY: Schema = {"type": ["string", "number", "boolean", "null"]}
"""A cell that may be left empty: `~`."""
NUMBER: Schema = {"type": ["number", "string"], "pattern": r"^-?[0-9.]"}
"""A number: one with a unit, or with digits in groups, is text to YAML."""
SINGLE: Schema = {"type": ["string", "number", "boolean"]}
"""A value of a setting."""
SETTING: Schema = {"anyOf": [SINGLE, {"type": "array", "items": SINGLE, "minItems": 1}]}
"""A setting: a value, or a list of several."""
DTYPE: Schema = {
    "type": "string",
    "pattern": "^({0})(:({0}))?$".format("|".join(DTYPES)),
}


def words(documented: Mapping[str, str], *more: Schema) -> Schema:
    """One of some words, each with what it means; or `more`."""
    known = [{"const": word, "description": said} for word, said in documented.items()]
    return {"anyOf": [*known, *more]}


def enum(known: Iterable[str]) -> Schema:
    """One of some words."""
    return {"enum": [*known]}


def one_or_several(item: Schema) -> Schema:
    """Something, or a list of such."""
    return {"if": {"type": "array"}, "then": {"items": item, "minItems": 1}, "else": item}


def keys(
    documented: Mapping[str, str], shapes: Mapping[str, Schema], required: Iterable[str] = ()
) -> Schema:
    """A mapping of keys that a reader documents; each has a shape, text where none is given.

    Raises `KeyError` for the shape of a key that the reader does not have.
    """
    for key in shapes:
        documented[key]
    properties = {
        key: {**shapes.get(key, PROSE), **({"description": said} if said else {})}
        for key, said in documented.items()
    }
    return {
        "type": "object",
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
    }


def mapping(values: Schema, **more: Any) -> Schema:
    """A mapping of names of one's own."""
    return {"type": "object", "additionalProperties": values, **more}


def listed(items: Schema, **more: Any) -> Schema:
    """A list."""
    return {"type": "array", "items": items, **more}


def branched(condition: Schema, then: Schema, otherwise: Schema) -> Schema:
    """One shape or another, whose errors are those of the one that is meant."""
    return {"if": condition, "then": then, "else": otherwise}


LIST: Schema = {"type": "array"}
MAPPING: Schema = {"type": "object"}


def having(key: str) -> Schema:
    """A mapping with a key."""
    return {"type": "object", "required": [key]}


def ref(name: str) -> Schema:
    """One of the definitions of the schema."""
    return {"$ref": f"#/$defs/{name}"}


def counts() -> Schema:
    """What is called params: `{params: [weights]}`."""
    return {
        "type": "object",
        "properties": {"params": listed(words(COUNTABLE))},
        "required": ["params"],
        "additionalProperties": False,
    }
