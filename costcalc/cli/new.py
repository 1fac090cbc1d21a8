"""`costcalc new`: a spec to begin with."""

from __future__ import annotations

import json
import os
import shlex
import sys
from typing import Any

import click

from costcalc.cli.command import Command
from costcalc.cli.numbers import WholeNumberType
from costcalc.cli.output import echo
from costcalc.errors import CostcalcError
from costcalc.files import whole
from costcalc.language.find import EXTENSION
from costcalc.safe_text import visible
from costcalc.scaffold import KINDS, SCHEMA, scaffold

DEFAULTS = {"kind": "classifier", "res": 224, "classes": 1000}

NEXT = {
    "": "what it costs",
    "watch ": "the same again whenever you save",
    "check ": "what is printed against what is computed",
}
"""Commands to go on with."""


def run(name: str, kind: str | None, res: int | None, classes: int | None) -> None:
    """Ask what no option says, where somebody can answer; write the spec and its schema."""
    stem = name.removesuffix(EXTENSION).removesuffix(".yml")
    path = name if name != stem else name + EXTENSION
    title = os.path.basename(stem)
    if not title.strip("."):
        raise CostcalcError(f"'{name}' names no network: write a word, as my_net")
    if os.path.lexists(path):
        raise CostcalcError("is there already\ngive another name, or move it away", path)
    asks = sys.stdin is not None and sys.stdin.isatty()
    if kind is None and asks:
        for word, says in KINDS.items():
            click.echo(f"{word:12} {says}")
    kind = kind or _ask("kind", "what kind", click.Choice([*KINDS]), asks)
    res = res or _ask("res", "height and width of its input", WholeNumberType(1), asks)
    classes = classes or _ask("classes", "how many classes", WholeNumberType(1), asks)
    text = scaffold(title, kind, res, classes)
    with whole(path) as file:
        file.write(text.encode())
    schema_path = os.path.join(os.path.dirname(path), SCHEMA)
    if not os.path.lexists(schema_path):
        from costcalc.schema import schema

        with whole(schema_path) as file:
            file.write(json.dumps(schema(), ensure_ascii=False).encode())
    shown = shlex.quote(visible(path if os.path.dirname(path) else os.path.join(os.curdir, path)))
    echo(f"{visible(path)}: a network to change; its columns and rows are those of a paper's table")
    for command, does in NEXT.items():
        echo(f"{f'costcalc {command}{shown}':{len('costcalc watch ') + len(shown)}}   {does}")


def _ask(key: str, question: str, type_: Any, asks: bool) -> Any:
    """An answer, the default where nobody can give one."""
    return click.prompt(question, default=DEFAULTS[key], type=type_) if asks else DEFAULTS[key]


command = Command(
    "new",
    callback=run,
    params=[
        click.Argument(["name"]),
        click.Option(["--kind"], type=click.Choice([*KINDS]), help="what to begin with"),
        click.Option(["--res"], type=WholeNumberType(1), help="height and width of its input"),
        click.Option(["--classes"], type=WholeNumberType(1), help="how many it tells apart"),
    ],
    help="A spec to begin with, in NAME.yaml, which passes 'check' as it is.\n\n"
    "A terminal is asked for what no option says. Beside it lies the schema"
    f" that its first line names ({SCHEMA}): editors complete keys and words from it.\n\n"
    + "\n\n".join(f"{kind}: {says}" for kind, says in KINDS.items()),
    short_help="a spec to begin with",
)
