"""`costcalc schema`: JSON Schemas of the files that people write."""

from __future__ import annotations

import json

import click

from costcalc.cli.command import Command
from costcalc.cli.output import echo, output_option
from costcalc.schema import KINDS, schema


def run(kind: str) -> None:
    """Write the schema."""
    echo(json.dumps(schema(kind), indent=2, ensure_ascii=False))


command = Command(
    "schema",
    callback=run,
    params=[
        click.Argument(["kind"], type=click.Choice([*KINDS]), default="spec"),
        output_option(""),
    ],
    help="A JSON Schema (2020-12) of specs, or of another KIND of file, for editors and checks.\n\n"
    + "\n\n".join(f"{kind}: {says}" for kind, (says, _) in KINDS.items())
    + "\n\nIn an editor: costcalc schema -o costcalc.schema.json, and as the first line of a spec"
    " # yaml-language-server: $schema=costcalc.schema.json",
    short_help="JSON Schemas of specs, conventions, devices, boards and costcalc.yaml",
)
