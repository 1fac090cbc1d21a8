"""`costcalc board`: whether networks fit microcontrollers."""

from __future__ import annotations

import click

from costcalc.cli.command import Command
from costcalc.cli.networks import NetworkReference
from costcalc.cli.output import output_options, write_verdict
from costcalc.graph.execution import execution
from costcalc.hardware import boards
from costcalc.network import parse_reference


def run(networks: tuple[str, ...], on: tuple[str, ...], dtype: str, format_: str) -> int:
    """Write a line for each network and board; 1 where none fits any."""
    from costcalc.report.board import board_result
    from costcalc.search.board import NOT, on_board

    types = execution(dtype)
    chosen = [boards.load_board(name) for name in on]
    built = [parse_reference(name, execution=types) for name in networks]
    found = [on_board(network, board) for network in built for board in chosen]
    write_verdict(format_, board_result(found))
    return int(all(one.verdict == NOT for one in found))


command = Command(
    "board",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, required=True),
        click.Option(
            ["--on"],
            multiple=True,
            required=True,
            metavar="NAME|FILE",
            help=f"{', '.join(boards.names())}, or a YAML file; may be given several times",
        ),
        click.Option(
            ["--dtype"],
            default="int8",
            show_default=True,
            metavar="TYPE|WEIGHTS:ACTIVATIONS",
            help="the types of weights and activations",
        ),
        *output_options(),
    ],
    help="Whether networks fit a microcontroller's flash and RAM: fits, does not, or depends on"
    " what, with the layer that sets the peak and the largest width that fits. Every part is a"
    " range with its source. Exit 1 where none fits.\n\n"
    "NETWORKS are names or paths, with settings after a colon:\n"
    "mobilenet:alpha=0.25,res=96",
    short_help="whether networks fit a microcontroller",
)
