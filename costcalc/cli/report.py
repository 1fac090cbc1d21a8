"""`costcalc report`: what there is to say of networks as one page that a browser opens."""

from __future__ import annotations

import sys
from typing import Any

import click

from costcalc.cli.command import Command
from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.peak_options import peak_options


def run(
    networks: tuple[str, ...],
    device: tuple[str, ...],
    output: str,
    convention: str | None,
    definition: str,
    order: str,
    **values: Any,
) -> None:
    """Write the page, whole or not at all."""
    from costcalc.cli.messages import say
    from costcalc.cli.output import echo
    from costcalc.cli.progress import Progress
    from costcalc.files import target, whole
    from costcalc.hardware.devices import load_device
    from costcalc.network import parse_reference, read_convention
    from costcalc.report.document import plural
    from costcalc.report.html.page import page_about

    if output in ("", "-"):
        if output == "" and sys.stdout.isatty():
            raise click.UsageError("a page is no text for a terminal: -o report.html writes it")
    else:
        target(output)
    batch = values["batch"] if values["batch"] > 1 else None
    execution, _ = read_execution(values)
    counting = read_convention(convention)
    built = [parse_reference(reference, counting, execution) for reference in networks]
    devices = [load_device(name) for name in dict.fromkeys(device)]
    with Progress(len(built), "networks") as progress:
        text = page_about(built, devices, batch, definition, order, progress.advance)
    if output in ("", "-"):
        echo(text, end="")
        return
    data = text.encode()
    with whole(output) as file:
        file.write(data)
    say(f"{plural(len(built), 'network')}, {len(data):,} bytes", output)


command = Command(
    "report",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, required=True),
        click.Option(
            ["--device"],
            multiple=True,
            metavar="NAME|FILE",
            help="for time and the roofline: jetson_nano, pixel_1, ..., or a YAML file; may be"
            " given several times",
        ),
        click.Option(
            ["output", "-o"], default="", metavar="FILE", help="write there, not to stdout"
        ),
        *peak_options(),
        convention_option(),
        *execution_options(),
    ],
    help="One HTML file about networks, to look at, to print and to hand on: it needs nothing but a"
    " browser. What matters first; the layers, each with its formulas; Mult-Adds beside memory"
    " access beside time, block by block; memory over the steps; the roofline; what every tool"
    " prints and why; published numbers with their verdicts; of several networks, what differs."
    "\n\n"
    "NETWORKS are names or paths, with settings after a colon:\n"
    "mobilenet:alpha=0.5,res=160",
    short_help="everything about networks in one HTML file",
)
