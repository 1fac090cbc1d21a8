"""What a device's file says of time: its part `time`, read and written."""

from __future__ import annotations

import itertools
from fractions import Fraction
from functools import partial
from typing import Any

from costcalc.errors import SpecError
from costcalc.hardware.sums import load_sums
from costcalc.hardware.timing import Batches, Coefficient, Error, Timing
from costcalc.language import fields
from costcalc.language.nodes import Mapping, Node
from costcalc.recovery import read_or
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
    said = {
        key: read_or(partial(fields.text, root.get(key), key), "")
        for key in ("source", "runtime", "dtype", "layout")
    }
    return Timing(
        **{**said, "source": said["source"] or source},
        batches=read_or(lambda: _batches(root), Batches(1, 1, 1)),
        networks=read_or(lambda: _whole(root, "networks", least=1), 1),
        families=read_or(lambda: _families(root), {}),
        error=read_or(lambda: _error(root), Error(0.0, 0.0, 0.0)),
        rank_correlation=read_or(lambda: _correlation(root, "rank_correlation"), 0.0),
        coefficients=read_or(lambda: _coefficients(root), {}),
    )


def _batches(root: Mapping) -> Batches:
    entries = _mapping(root, "batch", Batches._fields)
    found = Batches(
        **fields.each(Batches._fields, lambda key: _whole(entries, key, least=1), entries.mark)
    )
    _in_order(entries, {"least": found.least, "usual": found.usual, "most": found.most})
    return found


def _error(root: Mapping) -> Error:
    entries = _mapping(root, "error", Error._fields)
    found = Error(
        **fields.each(Error._fields, lambda key: float(_number(entries, key)), entries.mark)
    )
    _in_order(entries, {"mean": found.mean, "worst": found.worst})
    _in_order(entries, {"median": found.median, "worst": found.worst})
    return found


def _families(root: Mapping) -> dict[str, tuple[str, ...]]:
    entries = fields.mapping(fields.required(root, "families", WHAT), "families").entries
    return fields.each(entries, lambda name: fields.word_list(entries[name], name), root.mark)


def _coefficients(root: Mapping) -> dict[str, Coefficient]:
    sums = fields.mapping(fields.required(root, "sums", WHAT), "sums")
    if not sums.entries:
        raise SpecError("time needs at least one sum", sums.mark, ", ".join(load_sums().by_name))
    return fields.each(sums.entries, lambda name: _coefficient(name, sums.entries[name]), sums.mark)


def _coefficient(name: str, node: Node) -> Coefficient:
    load_sums().require(name, node)
    entries = fields.mapping(node, name)
    fields.known_keys(entries, Coefficient._fields, name)
    milliseconds = read_or(lambda: float(_number(entries, "milliseconds")), 0.0)
    counts = fields.each(("least", "most"), lambda key: _whole(entries, key), entries.mark)
    found = Coefficient(milliseconds, **counts)
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
