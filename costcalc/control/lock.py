"""`costcalc.lock`: the exact costs of a project's networks, to be reviewed like code.

One fact a line, sorted, whole numbers, no times and no paths: git merges it, a reviewer reads it,
and the same networks give the same text. Rows stand in the network's order without running numbers,
so that one that was added is a few lines more and changes none of the others.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from costcalc.control.project import Project
from costcalc.control.quantities import QUANTITIES, measure
from costcalc.control.target import Target
from costcalc.cost.groups import by_row
from costcalc.errors import Mark, Source, SpecError
from costcalc.language import fields
from costcalc.language.hyperparameters import show_value
from costcalc.language.nodes import Node, read
from costcalc.language.reader import read_source
from costcalc.network import Network
from costcalc.records import NamedTuple
from costcalc.safe_text import yaml_text

NAME = "costcalc.lock"
SCHEMA = 1
"""Grows when a fact changes its meaning. An older lock is read, a newer one is not."""
BYTES = 1 << 26
"""The longest lock, in bytes: half a million rows."""
_ANEW = "write the lock anew: costcalc lock"
_HEAD = "# Exact costs, written by `costcalc lock`. Review it like code; do not edit it.\n"
_ROW_COSTS = ("params", "cost", "mult_adds", "memory_access")
_PLAIN = re.compile(r"[A-Za-z0-9_](?:[\w.=,+()/-]|:(?=\w)| (?=[\w(+]))*", re.ASCII)


class LockedRow(NamedTuple):
    """A row of a network: the name it was given, what it is, and what it costs."""

    name: str
    type: str
    times: int
    output: str
    costs: dict[str, int]


class Locked(NamedTuple):
    """What is locked of a network: how it is run and counted, settings, totals and rows."""

    facts: dict[str, str]
    settings: dict[str, str]
    totals: dict[str, int]
    rows: list[LockedRow]


class Lock(NamedTuple):
    """A lock as it was read; `schema` is the version of its format."""

    schema: int
    networks: dict[str, Locked]

    @property
    def name(self) -> str:
        """What growth is measured against is called."""
        return NAME

    def amount(self, target: Target, quantity: str) -> int | None:
        """How much is locked; None for a network that is not."""
        locked = self.networks.get(target.name)
        return None if locked is None else locked.totals.get(quantity)


def locked(network: Network) -> Locked:
    """What is to be locked of a network."""
    run = network.execution
    counts = " + ".join(network.spec.counts)
    facts = {
        "batch": str(run.batch),
        "convention": network.convention,
        "dtype": run.dtype,
        "input": ", ".join(map(str, network.inputs.values())),
        **({"params_are": counts} if network.counted is None else {}),
        **({} if run.fused else {"unfused": "true"}),
        **({"flash": "true"} if run.flash else {}),
    }
    totals = {name: measure(network, name) for name in QUANTITIES}
    rows = [
        LockedRow(
            name="" if (cell := run_.row.cells.get("name")) is None else cell.text,
            type=group.type,
            times=group.times,
            output=str(group.output),
            costs={
                name: int(value)
                for name in _ROW_COSTS
                if (value := getattr(group.totals, name, None)) is not None
            },
        )
        for run_, group in zip(
            network.graph.rows, by_row(network.graph, network.sum_up), strict=True
        )
    ]
    return Locked(
        facts,
        {name: show_value(value) for name, value in network.hyperparameters.items()},
        {name: value for name, value in totals.items() if value is not None},
        rows,
    )


def path_of(project: Project) -> str:
    """Where a project's lock is: beside its file."""
    return os.path.join(os.path.dirname(project.source.path), NAME)


def text_of(networks: Mapping[str, Locked]) -> str:
    """The text of a lock."""
    lines = [f"schema: {SCHEMA}", "networks:" if networks else "networks: {}"]
    for name in sorted(networks):
        lines.append(f"  {_written(name)}:")
        lines += _lines(networks[name])
    return _HEAD + "\n".join(lines) + "\n"


def _lines(one: Locked) -> Iterator[str]:
    for key, value in sorted(one.facts.items()):
        yield f"    {key}: {_written(value)}"
    yield "    rows:" if one.rows else "    rows: []"
    for row in one.rows:
        facts = {"output": row.output, "type": row.type, **_texts(row.costs)}
        facts |= {"name": row.name} if row.name else {}
        facts |= {"times": str(row.times)} if row.times != 1 else {}
        for number, (key, value) in enumerate(sorted(facts.items())):
            yield f"    {'- ' if number == 0 else '  '}{key}: {_written(value)}"
    for title, texts in (("settings", one.settings), ("totals", _texts(one.totals))):
        yield f"    {title}:" if texts else f"    {title}: {{}}"
        for key, value in sorted(texts.items()):
            yield f"      {key}: {_written(value)}"


def _texts(numbers: Mapping[str, int]) -> dict[str, str]:
    return {key: str(value) for key, value in numbers.items()}


def _written(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else yaml_text(text)


def read_lock(path: str) -> Lock | None:
    """The lock of a path, None where there is none. Raises `CostcalcError` for what is no lock."""
    if not os.path.exists(path):
        return None
    shown = Source(path, "").shown
    return parse_lock(read_source(shown, "a lock is a file that `costcalc lock` writes", BYTES))


def parse_lock(source: Source) -> Lock:
    """The lock that a source holds. Raises `SpecError` with the place of what is wrong."""
    for number, line in enumerate(source.text.splitlines()):
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
            mark = Mark(source, number, 0, len(line))
            raise SpecError("a merge that is not finished", mark, _ANEW)
    root = fields.mapping(read(source, "a lock has a schema and networks"), "a lock")
    written = fields.required(root, "schema", "a lock")
    schema = _number(written, "schema")
    if schema > SCHEMA:
        raise SpecError(
            f"a lock of schema {schema}, and this costcalc knows none after {SCHEMA}",
            written.mark,
            f"update costcalc, or {_ANEW}",
        )
    networks = fields.mapping(fields.required(root, "networks", "a lock"), "networks")
    return Lock(schema, {name: _locked(node, name) for name, node in networks.entries.items()})


_WORDS = ("name", "output", "times", "type")
_PARTS = ("rows", "settings", "totals")


def _locked(node: Node, name: str) -> Locked:
    entries = fields.mapping(node, name)
    rows = entries.get("rows")
    settings, totals = (entries.get(part) for part in ("settings", "totals"))
    return Locked(
        {k: fields.text(v, k) for k, v in entries.entries.items() if k not in _PARTS},
        {} if settings is None else _of_texts(settings, "settings"),
        {} if totals is None else _of_numbers(totals, "totals"),
        [] if rows is None else [_row(row) for row in fields.sequence(rows, "rows")],
    )


def _of_texts(node: Node, what: str) -> dict[str, str]:
    return {k: fields.text(v, k) for k, v in fields.mapping(node, what).entries.items()}


def _of_numbers(node: Node, what: str) -> dict[str, int]:
    return {k: _number(v, k) for k, v in fields.mapping(node, what).entries.items()}


def _number(node: Node, what: str) -> int:
    text = fields.scalar(node, what)
    if not re.fullmatch(r"\d{1,30}", text.text, re.ASCII):
        raise SpecError(
            f"{what} is a whole number", text.mark, "write the lock anew: costcalc lock"
        )
    return int(text.text)


def _row(node: Node) -> LockedRow:
    entries = fields.mapping(node, "a row").entries
    return LockedRow(
        name=fields.text(entries.get("name"), "name"),
        type=fields.text(entries.get("type"), "type"),
        times=_number(entries["times"], "times") if "times" in entries else 1,
        output=fields.text(entries.get("output"), "output"),
        costs={key: _number(value, key) for key, value in entries.items() if key not in _WORDS},
    )
