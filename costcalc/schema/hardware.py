"""Schemas of devices and boards."""

from __future__ import annotations

import re
from collections.abc import Iterable

from costcalc.hardware import boards, devices, timing_file
from costcalc.hardware.sums import load_sums
from costcalc.hardware.timing import Batches, Coefficient, Error
from costcalc.language.numerals import NUMBER
from costcalc.language.quantities import DTYPES
from costcalc.schema.parts import (
    MAPPING,
    PROSE,
    Schema,
    branched,
    having,
    keys,
    listed,
    mapping,
)


def quantity(units: Iterable[str]) -> Schema:
    """A number above 0 with its unit, or that with its note and source."""
    known = "|".join(re.escape(unit) for unit in units)
    written = {"type": "string", "pattern": rf"^(?=.*[1-9]){NUMBER} ?({known})$"}
    return branched(MAPPING, keys(devices.QUANTITY, {"value": written}, ["value"]), written)


def device() -> Schema:
    """The schema of a device: bounds with a bandwidth, times, or both."""
    shapes = {
        "peak": {
            "type": "object",
            "properties": dict.fromkeys(DTYPES, quantity(devices.MULT_ADDS)),
            "additionalProperties": False,
            "minProperties": 1,
        },
        "bandwidth": quantity(devices.BANDWIDTH),
        "on_chip": quantity(devices.BYTES),
        timing_file.PART: _timing(),
    }
    return keys(devices.KEYS, shapes, ["source"]) | {
        "anyOf": [{"required": ["peak", "bandwidth"]}, {"required": [timing_file.PART]}],
        "dependentRequired": {"peak": ["bandwidth"], "bandwidth": ["peak"]},
    }


def _timing() -> Schema:
    at_least = {least: {"type": "number", "minimum": least} for least in (-1, 0)}
    whole = {least: {"type": "integer", "minimum": least} for least in (0, 1)}
    coefficient = _numbers(
        {"milliseconds": at_least[0], "least": whole[0], "most": whole[0]}, Coefficient._fields
    )
    shapes = {
        "batch": _numbers(dict.fromkeys(Batches._fields, whole[1]), Batches._fields),
        "networks": whole[1],
        "families": mapping(listed(PROSE)),
        "error": _numbers(dict.fromkeys(Error._fields, at_least[0]), Error._fields),
        "rank_correlation": at_least[-1],
        "sums": {
            "type": "object",
            "properties": dict.fromkeys(load_sums().by_name, coefficient),
            "additionalProperties": False,
            "minProperties": 1,
        },
    }
    needs = ["batch", "networks", "families", "error", "rank_correlation", "sums"]
    return keys(timing_file.KEYS, shapes, needs)


def _numbers(shapes: dict[str, Schema], needs: Iterable[str]) -> Schema:
    return {
        "type": "object",
        "properties": shapes,
        "required": [*needs],
        "additionalProperties": False,
    }


def board() -> Schema:
    """The schema of a board."""
    memory = quantity(devices.BYTES)
    regions = mapping(memory, minProperties=1)
    overhead = keys(boards.OVERHEAD, {"least": memory, "most": memory}, ["least", "most", "source"])
    shapes = {
        "flash": memory,
        "ram": branched(MAPPING, branched(having("value"), memory, regions), memory),
        "runtime": keys(boards.RUNTIME, dict.fromkeys(boards.RUNTIME, overhead)),
    }
    return keys(boards.KEYS, shapes, ["source", "flash", "ram"])
