"""`costcalc draw`: networks as pictures."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from costcalc.cli import color
from costcalc.cli.axes import SettingsCommand, settings_of
from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.numbers import WholeNumberType
from costcalc.cli.output import (
    ENDINGS,
    FORMATS,
    destination,
    echo,
    redirect,
    say_uncounted,
    write,
)

if TYPE_CHECKING:
    from costcalc.report.drawing.drawing import Drawing

TEXTS = {"svg": ".svg", "dot": ".dot", "mmd": ".mmd"}
"""Formats of text that a file has, and its ending there."""


def run(
    networks: tuple[str, ...],
    by: str,
    device: str | None,
    open_: tuple[str, ...],
    expand: bool,
    convention: str | None,
    output: str | None,
    format_: str,
    depth_: int = 1,
    **values: Any,
) -> None:
    """Write the picture to a file, or to stdout."""
    from costcalc.network import parse_reference, read_convention
    from costcalc.report.drawing.drawing import draw, ending

    format_ = _format(format_, output)
    pictured = output not in (None, "-") and not format_
    if output is not None and pictured:
        ending(output)
    execution, _ = read_execution(values)
    counting = read_convention(convention)
    built = [
        parse_reference(reference, counting, execution, settings_of(reference, values))
        for reference in networks
    ]
    named, depth = _opened(open_, depth_)
    drawing = draw(*built, by=by, device=device, depth=depth, open=named, expand=expand)
    if format_ not in ("json", "csv"):
        say_uncounted()
    if output is not None and pictured:
        drawing.save(output)
        _say_saved(output, drawing)
        return
    if output not in (None, "-"):
        redirect(str(output))
    _show(drawing, format_)


def _format(format_: str, output: str | None) -> str:
    """The format that was asked for: `--format` says it, else a file's ending; "" for a picture."""
    context = click.get_current_context()
    said = context.get_parameter_source("format_") is ParameterSource.COMMANDLINE
    if said or output in (None, "-"):
        return format_
    return ENDINGS.get(os.path.splitext(str(output))[1].lower(), "")


def _opened(words: Sequence[str], depth: int) -> tuple[list[str], int]:
    """Names to open, and how many levels: a number among the names says so, too."""
    numbers = [int(word) for word in words if word.isdecimal() and len(word) < 4]
    names = [word for word in words if not (word.isdecimal() and len(word) < 4)]
    if 0 in numbers:
        raise click.UsageError("--open 1 is the rows alone, --open 2 what is in them")
    return names, max([depth, *numbers])


def _say_saved(output: str, drawing: Drawing) -> None:
    from costcalc.cli.messages import say
    from costcalc.drawing.box import all_boxes
    from costcalc.report.drawing.mermaid import limits

    boxes = [box for made in drawing.pictures for box in all_boxes(made.boxes) if box.layers]
    notes = limits(drawing.pictures) if output.endswith((".mmd", ".mermaid")) else []
    say("; ".join([f"{sum(not box.inside for box in boxes):,} boxes", *notes]), output)


def _show(drawing: Drawing, format_: str) -> None:
    from costcalc.report import window
    from costcalc.report.drawing.drawing import WRITERS
    from costcalc.report.drawing.result import drawing_result
    from costcalc.report.drawing.text import WIDTH

    if format_ in TEXTS:
        echo(str(WRITERS[TEXTS[format_]](drawing)), end="")
    elif format_ == "md":
        echo(f"```mermaid\n{drawing.mermaid()}```")
    elif format_ != "table":
        write(format_, drawing_result(drawing.pictures))
    else:
        here = destination() is None
        width = window.size()[0] if here and sys.stdout.isatty() else WIDTH
        echo(drawing.text(width, here and color.is_shown()), end="")


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
            ["depth_", "--depth"],
            type=WholeNumberType(1, 100),
            default=1,
            show_default=True,
            metavar="N",
            help="open blocks down to a level: 1 for the table's rows, 2 for what is in them, ...",
        ),
        click.Option(
            ["open_", "--open"],
            multiple=True,
            metavar="NAME|N",
            help="open a row or block, as bottleneck3 or bottleneck3.2; may be given several times."
            " A number is a --depth, where that is a hyperparameter",
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
            help="write .svg, .png, .dot (Graphviz), .mmd (Mermaid), .txt, .json, .csv or .md,"
            " whole or not at all",
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
