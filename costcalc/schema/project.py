"""The schema of a project's file, `costcalc.yaml`."""

from __future__ import annotations

import re

from costcalc.control import limits, target
from costcalc.control import project as reader
from costcalc.control.quantities import BYTES, QUANTITIES, TIME
from costcalc.language.numerals import BYTE_UNITS, GROUPED, NUMBER, TIME_UNITS, UNITS
from costcalc.language.quantities import COUNTED
from costcalc.schema.parts import (
    DTYPE,
    LIST,
    MAPPING,
    PROSE,
    SETTING,
    Schema,
    branched,
    keys,
    listed,
    mapping,
    one_or_several,
    words,
)

_SAID = {
    **{name: COUNTED.get(name, "bytes read and written") for name in QUANTITIES},
    TIME: "milliseconds of a run on the network's device",
}


def project() -> Schema:
    """The schema of a project's file."""
    truth = {"type": "boolean"}
    shapes = {
        "at": branched(
            LIST, listed(mapping(SETTING), minItems=1, uniqueItems=True), mapping(SETTING)
        ),
        "dtype": DTYPE,
        "batch": {"type": ["integer", "string"], "minimum": 1},
        "unfused": truth,
        "flash": truth,
    }
    network = branched(MAPPING, keys(target.KEYS, shapes, ["spec"]), {"type": "string"})
    shapes = {
        "network": one_or_several(PROSE),
        "max": keys(_SAID, {name: _written(_amount(name)) for name in _SAID}),
        "grow": keys(_SAID, {name: _written(_growth(name)) for name in _SAID}),
        "level": words(limits.LEVELS),
    }
    budget = keys(limits.KEYS, shapes, ["network"]) | {
        "anyOf": [{"required": ["max"]}, {"required": ["grow"]}]
    }
    names = {"pattern": r"\S", "not": {"pattern": r"[\t\n\r]"}}
    return keys(
        reader.KEYS,
        {
            "networks": mapping(network, propertyNames=names, minProperties=1),
            "budgets": listed(budget),
        },
        ["networks"],
    )


def _written(pattern: str) -> Schema:
    return {"type": ["number", "string"], "minimum": 0, "pattern": f"^{pattern}$"}


def _amount(quantity: str) -> str:
    """A number in a unit that the quantity has."""
    if quantity == TIME:
        return f"{NUMBER} ?(?:{'|'.join([*TIME_UNITS, 's'])})"
    of_bytes = quantity in BYTES
    units = [u for u in UNITS if u not in ("", "%", "x") and (u in BYTE_UNITS) == of_bytes]
    return f"{GROUPED} ?(?:{'|'.join(map(re.escape, units))})?"


def _growth(quantity: str) -> str:
    """A share, an amount, or one of each."""
    share, amount = f"{NUMBER} ?%", _amount(quantity)
    return f"(?:{share}|{amount}|{share} +and +{amount}|{amount} +and +{share})"
