"""`costcalc convert`: a model file as a spec."""

from __future__ import annotations

import sys

import click


def run(path: str, output: str) -> None:
    """Write the spec to stdout, or to a file."""
    from costcalc.conversion import convert
    from costcalc.files import whole

    text = convert(path)
    if output in ("", "-"):
        sys.stdout.write(text)
        return
    with whole(output) as file:
        file.write(text.encode())


command = click.Command(
    "convert",
    callback=run,
    params=[
        click.Argument(["path"], metavar="FILE"),
        click.Option(
            ["output", "-o"], default="", metavar="FILE", help="write there, not to stdout"
        ),
    ],
    help="A model file (ONNX, .pt2, TFLite) as a spec to read, edit and scale.\n\n"
    "Repeated structures become blocks, branches and repeats, sizes that the file leaves open"
    " hyperparameters. It counts the same, layer by layer.",
    short_help="a model file as a spec to read, edit and scale",
)
