"""`costcalc convert`: a model file as a spec."""

from __future__ import annotations

import click

from costcalc.cli.command import Command
from costcalc.cli.output import echo, output_option


def run(path: str) -> None:
    """Write the spec to stdout, or to a file."""
    from costcalc.conversion import convert

    echo(convert(path), end="")


command = Command(
    "convert",
    callback=run,
    params=[
        click.Argument(["path"], metavar="FILE"),
        output_option(""),
    ],
    help="A model file (ONNX, .pt2, TFLite; - for one on stdin) as a spec to read, edit and"
    " scale.\n\n"
    "Repeated structures become blocks, branches and repeats, sizes that the file leaves open"
    " hyperparameters. It counts the same, layer by layer.",
    short_help="a model file as a spec to read, edit and scale",
)
