"""What a device's file says of time: its part `time`, read and written."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from costcalc.errors import SpecError
from costcalc.hardware.sums import load_sums
from costcalc.hardware.timing import Batches, Coefficient, Error, Timing
from costcalc.language import fields
from costcalc.language.nodes import Mapping, Node
from costcalc.safe_text import yaml_text

PART = "time"
KEYS = {
    "source": "where the times were measured",
    "runtime": "what ran the networks",
    "dtype": "the types that they ran in",
    "layout": "the order of elements in memory",
    "batch": "examples a run: as most networks were measured, the fewest and the most",
    "networks": "how many there were",
    "families": "networks by family",
    "error": "of predictions of families that were left out, as shares of the time measured",
    "rank_correlation": "of predicted and measured times",
    "sums": "milliseconds for one of each, with the least and the most that was measured",
}
"""The keys of a device's times."""
WHAT = "the time of a device"


def read_timing(node: Node, source: str) -> Timing:
    """The coefficients of a device, from its source unless they say otherwise.

    Raises `SpecError` at what is missing or wrong.
    """
    root = fields.mapping(node, WHAT)
    fields.known_keys(root, KEYS, WHAT)
    sums = fields.mapping(fields.required(root, "sums", WHAT), "sums")
    if not sums.entries:
        raise SpecError("time needs at least one sum", sums.mark, ", ".join(load_sums().by_name))
    families = fields.mapping(fields.required(root, "families", WHAT), "families")
    batch = _mapping(root, "batch", Batches._fields)
    batches = Batches(*(_whole(batch, key, least=1) for key in Batches._fields))
    _in_order(batch, {"least": batches.least, "usual": batches.usual, "most": batches.most})
    error = _mapping(root, "error", Error._fields)
    errors = Error(*(float(_number(error, key)) for key in Error._fields))
    _in_order(error, {"mean": errors.mean, "worst": errors.worst})
    _in_order(error, {"median": errors.median, "worst": errors.worst})
    return Timing(
        source=fields.text(root.get("source"), "source") or source,
        runtime=fields.text(root.get("runtime"), "runtime"),
        dtype=fields.text(root.get("dtype"), "dtype"),
        layout=fields.text(root.get("layout"), "layout"),
        batches=batches,
        networks=_whole(root, "networks", least=1),
        families={
            name: fields.word_list(members, name) for name, members in families.entries.items()
        },
        error=errors,
        rank_correlation=_correlation(root, "rank_correlation"),
        coefficients={name: _coefficient(name, one) for name, one in sums.entries.items()},
    )


def _coefficient(name: str, node: Node) -> Coefficient:
    load_sums().require(name, node)
    entries = fields.mapping(node, name)
    fields.known_keys(entries, Coefficient._fields, name)
    milliseconds = float(_number(entries, "milliseconds"))
    found = Coefficient(milliseconds, _whole(entries, "least"), _whole(entries, "most"))
    _in_order(entries, {"least": found.least, "most": found.most})
    return found


def _in_order(entries: Mapping, values: dict[str, int] | dict[str, float]) -> None:
    """Raise `SpecError` at a value that is more than the next one."""
    for (low, value), (high, more) in itertools.pairwise(values.items()):
        if value > more:
            mark = entries.entries[low].mark
            raise SpecError(f"{low}, {value:,}, is more than {high}, {more:,}", mark)


def _correlation(entries: Mapping, key: str) -> float:
    value = _number(entries, key, least=-1)
    if value > 1:
        raise SpecError(f"{key} must be a number of at most 1", entries.entries[key].mark)
    return float(value)


def _mapping(root: Mapping, key: str, keys: tuple[str, ...]) -> Mapping:
    entries = fields.mapping(fields.required(root, key, WHAT), key)
    fields.known_keys(entries, keys, key)
    return entries


def _number(entries: Mapping, key: str, least: int = 0) -> int | Fraction:
    node = fields.required(entries, key, WHAT)
    value = fields.number(node, key)
    if value is None or value < least:
        raise SpecError(f"{key} must be a number of at least {least}", node.mark)
    return value


def _whole(entries: Mapping, key: str, least: int = 0) -> int:
    value = _number(entries, key, least)
    if not isinstance(value, int):
        raise SpecError(f"{key} must be a whole number", entries.entries[key].mark)
    return value


def timing_text(name: str, timing: Timing) -> str:
    """The file of a device of which only times are known, as YAML."""
    return f"name: {_quoted(name)}\nsource: {_quoted(timing.source)}\n{part_text(timing)}"


def part_text(timing: Timing) -> str:
    """The part `time` of a device's file."""
    said = {"source": timing.source, "runtime": timing.runtime, "dtype": timing.dtype,
            "layout": timing.layout}  # fmt: skip
    lines = [f"{PART}:"]
    lines += [f"  {key}: {_quoted(text)}" for key, text in said.items() if text]
    lines += [
        f"  batch: {_flow(timing.batches._asdict())}",
        f"  networks: {timing.networks}",
        "  families:",
        *(f"    {_quoted(f)}: [{', '.join(map(_quoted, m))}]" for f, m in timing.families.items()),
        f"  error: {_flow(timing.error._asdict())}",
        f"  rank_correlation: {timing.rank_correlation}",
        "  sums:                              # milliseconds for one, the least and most measured",
        *(f"    {name}: {_flow(one._asdict())}" for name, one in timing.coefficients.items()),
    ]
    return "\n".join(lines) + "\n"


def _flow(entries: dict[str, Any]) -> str:
    return f"{{{', '.join(f'{key}: {value}' for key, value in entries.items())}}}"


def _quoted(text: str) -> str:
    """Text as YAML has it, whatever it holds; a plain word stands by itself."""
    plain = text.isascii() and text.replace("_", "").isalnum() and text[0].isalpha()
    return text if plain else yaml_text(text)
