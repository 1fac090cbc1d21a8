"""`costcalc draw`: networks as pictures."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from costcalc.cli.axes import SettingsCommand, settings_of
from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.numbers import WholeNumberType
from costcalc.cli.output import FORMATS, say_uncounted

if TYPE_CHECKING:
    from costcalc.report.drawing.drawing import Drawing

TEXTS = {"svg": ".svg", "dot": ".dot", "mmd": ".mmd"}
"""Formats of text that a file has, and its ending there."""


def run(
    networks: tuple[str, ...],
    by: str,
    device: str | None,
    levels: int,
    open_: tuple[str, ...],
    expand: bool,
    convention: str | None,
    output: str | None,
    format_: str,
    **values: Any,
) -> None:
    """Write the picture to a file, or to stdout."""
    from costcalc.cli.messages import say
    from costcalc.drawing.box import all_boxes
    from costcalc.network import parse_reference, read_convention
    from costcalc.report.drawing.drawing import draw, ending
    from costcalc.report.drawing.mermaid import limits

    if output is not None:
        ending(output)
    execution, _ = read_execution(values)
    counting = read_convention(convention)
    built = [
        parse_reference(reference, counting, execution, settings_of(reference, values))
        for reference in networks
    ]
    drawing = draw(*built, by=by, device=device, levels=levels, open=open_, expand=expand)
    if format_ not in ("json", "csv") or output is not None:
        say_uncounted()
    if output is None:
        _show(drawing, format_)
        return
    drawing.save(output)
    boxes = [box for made in drawing.pictures for box in all_boxes(made.boxes) if box.layers]
    notes = limits(drawing.pictures) if output.endswith((".mmd", ".mermaid")) else []
    say("; ".join([f"{output}: {sum(not box.inside for box in boxes):,} boxes", *notes]))


def _show(drawing: Drawing, format_: str) -> None:
    from costcalc.cli.output import echo, write
    from costcalc.report import window
    from costcalc.report.drawing.drawing import WRITERS
    from costcalc.report.drawing.result import drawing_result

    if format_ in TEXTS:
        echo(str(WRITERS[TEXTS[format_]](drawing)), end="")
    elif format_ == "md":
        echo(f"```mermaid\n{drawing.mermaid()}```")
    elif format_ != "table":
        write(format_, drawing_result(drawing.pictures))
    elif sys.stdout.isatty():
        colour = not os.environ.get("NO_COLOR")
        click.echo(drawing.text(window.size()[0], colour), nl=False, color=colour)
    else:
        echo(drawing.text(), end="")


command = SettingsCommand(
    "draw",
    yielding=("depth",),
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, required=True),
        click.Option(
            ["--by"],
            default="mult_adds",
            show_default=True,
            metavar="COST",
            help="what colours are the share of: mult_adds, params, memory_access, bytes, time"
            " (with --device), cost (with --convention), weights, biases, norm",
        ),
        click.Option(
            ["--device"],
            metavar="NAME|FILE",
            help="where --by time is of: pixel_1, rtx_3090, ..., or a YAML file of calibrate's",
        ),
        click.Option(
            ["--levels", "--depth"],
            type=WholeNumberType(1),
            default=1,
            show_default=True,
            metavar="N",
            help="open blocks so many levels deep (--depth, too, where that is no hyperparameter)",
        ),
        click.Option(
            ["open_", "--open"],
            multiple=True,
            metavar="NAME",
            help="open a row or block, as bottleneck3 or bottleneck3.2; may be given several times",
        ),
        click.Option(
            ["--expand"],
            is_flag=True,
            help="a box for every layer, each repeat, normalisation and activation too",
        ),
        convention_option(),
        *execution_options(),
        click.Option(
            ["output", "-o", "--output"],
            metavar="FILE",
            help="write .svg, .png, .dot (Graphviz), .mmd (Mermaid) or .txt, whole or not at all",
        ),
        click.Option(
            ["format_", "--format"],
            type=click.Choice((*FORMATS, *TEXTS)),
            default="table",
            show_default=True,
            help="how to write to stdout",
        ),
    ],
    help="Networks as graphs: a row of the paper's table a box with its output and its share of"
    " the cost, repeats and blocks closed, tensors as lines. Without -o, in the terminal.\n\n"
    "NETWORKS come first, with settings after a colon (mobilenet:alpha=0.5,res=160); then"
    " hyperparameters are options, for all networks that have them.",
    short_help="networks as pictures: .svg, .png, .dot, .mmd, or in the terminal",
)
