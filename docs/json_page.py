"""docs/json.md: what `--format json` writes, from the schemas that its tests hold it to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from costcalc.cli.main import COMMANDS
from costcalc.report.document import Column, Sheet
from costcalc.report.formats import markdown

SCHEMAS = Path(__file__).parent.parent / "costcalc" / "report" / "schemas"
_INTRODUCTION = """\
# JSON

`--format json` writes one object; `sweep --format jsonl` one a line. Integers are exact, shares and
ratios are decimals, shapes are `[height, width, channels]` of one example, of several maps their
number before these. A key keeps its name and its meaning as long as `schema_version` is the same;
new ones may come.

The same is said for programs in JSON Schema (2020-12), a file a command, in
`costcalc/report/schemas/` of the package:

```python
from importlib.resources import files

schema = files("costcalc.report") / "schemas" / "memory.json"
```

Below, `[]` stands for each of a list, `.*` for each of an object whose keys are names.
"""
_HEADS = [Column("key", "key"), Column("is", "is"), Column("", "says")]
_SHARED = {"network": "A network", "costs": "Costs", "totals": "Totals", "group": "A group"}
"""The shared definitions that have a section of their own."""


def page() -> str:
    """The page: first what several commands share, then a section a command."""
    common = _read("common")["$defs"]
    parts = [_INTRODUCTION, "## What several commands share"]
    for name, title in _SHARED.items():
        parts += [f"### {title}", _keys(common[name])]
    parts.append("## Commands")
    for name in ("network", *(c for c in COMMANDS if (SCHEMAS / f"{c}.json").exists())):
        schema = _read(name)
        parts += [f"### {schema['title']}", schema["description"], _keys(schema)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _read(name: str) -> Any:
    return json.loads((SCHEMAS / f"{name}.json").read_text())


def _keys(schema: Any) -> str:
    table = markdown.sheet_table(Sheet.of_rows(_HEADS, [list(line) for line in _lines(schema)]))
    also = [_SHARED[_named(part)] for part in schema.get("allOf", ())]
    return "\n\n".join([*(f"All keys of *{title}*, and:" for title in also), table])


def _lines(schema: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """A line a key: where it stands, what it is, what it says."""
    for key, value in schema.get("properties", {}).items():
        optional = "" if key in schema.get("required", ()) else ", not always"
        yield (f"{place}{key}", f"{_kind(value)}{optional}", _says(value))
        yield from _inside(value, f"{place}{key}")


def _inside(schema: Any, place: str) -> Iterator[tuple[str, str, str]]:
    """The keys of what a key holds."""
    yield from _lines(schema, f"{place}.")
    for keyword, step in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(schema.get(keyword), dict):
            yield from _inside(schema[keyword], place + step)
    for part in schema.get("anyOf", ()):
        yield from _inside(part, place)


def _says(schema: Any) -> str:
    """The description of a value: its own, or that of what it is."""
    said = schema.get("description")
    if said is None and "$ref" in schema:
        said = _read("common")["$defs"][_named(schema)].get("description")
    return str(said or "")


def _named(schema: Any) -> str:
    return str(schema["$ref"].rpartition("/")[2])


def _kind(schema: Any) -> str:
    """What a value is, in a few words."""
    if "$ref" in schema:
        return _named(schema)
    if "enum" in schema or "const" in schema:
        return " or ".join(json.dumps(v) for v in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_kind, schema["anyOf"])))
    kinds = schema.get("type", "object")
    said = " or ".join([kinds] if isinstance(kinds, str) else kinds)
    shared = [_SHARED[_named(part)] for part in schema.get("allOf", ())]
    if shared:
        return f"{said} with all of *{', *'.join(shared)}*"
    if isinstance(schema.get("items"), dict):
        return said.replace("array", f"list of {_kind(schema['items'])}")
    if isinstance(schema.get("additionalProperties"), dict):
        return f"{said} of {_kind(schema['additionalProperties'])}"
    return said
