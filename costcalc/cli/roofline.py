"""`costcalc roofline`: the least time networks take on devices."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.command import Command
from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import NetworkReference
from costcalc.cli.output import output_options, write
from costcalc.hardware import devices
from costcalc.hardware.roofline import read_efficiency, roofline
from costcalc.network import parse_reference
from costcalc.report.roofline import roofline_result


def run(
    networks: tuple[str, ...], device: tuple[str, ...], efficiency: str, format_: str, **values: Any
) -> None:
    """Write the layers of one network on one device, or the table of several."""
    execution, _ = read_execution(values)
    reached = read_efficiency(efficiency)
    chosen = [devices.load_device(name) for name in device]
    built = [parse_reference(name, execution=execution) for name in networks]
    grid = [[roofline(network, one, reached) for one in chosen] for network in built]
    write(format_, roofline_result(grid, reached))


command = Command(
    "roofline",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, required=True),
        click.Option(
            ["--device"],
            multiple=True,
            required=True,
            metavar="NAME|FILE",
            help=f"{', '.join(devices.names())}, or a YAML file; may be given several times",
        ),
        click.Option(
            ["--efficiency"],
            default="1",
            show_default=True,
            metavar="SHARE|COMPUTE:BANDWIDTH",
            help="the share of the peaks that is reached, as you know it",
        ),
        *execution_options(),
        *output_options(),
    ],
    help="The least time of each layer on a device: the larger of its multiply-adds over the peak"
    " and its bytes over the bandwidth. Several networks or devices make one table, with the"
    " places where the order by time is not that by Mult-Adds.\n\n"
    "NETWORKS are names or paths, with settings after a colon:\n"
    "mobilenet:alpha=0.5,res=160",
    short_help="the least time networks take on devices",
)
