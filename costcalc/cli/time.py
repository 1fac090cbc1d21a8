"""`costcalc time`: how long networks take on a device, with the error of saying so."""

from __future__ import annotations

import click

from costcalc.cli.command import Command
from costcalc.cli.networks import NetworkReference
from costcalc.cli.numbers import WholeNumberType
from costcalc.cli.output import output_options, write
from costcalc.hardware import devices


def run(
    networks: tuple[str, ...],
    device: tuple[str, ...],
    batch: int | None,
    expand: bool,
    format_: str,
) -> None:
    """Write a line a network and device; with `expand` every layer of each."""
    from costcalc.hardware.timing import predict
    from costcalc.network import parse_reference
    from costcalc.report.time import time_result

    chosen = [devices.load_device(name) for name in device]
    timings = [one.timing_of() for one in chosen]
    built = [parse_reference(name) for name in networks]
    found = [
        (one, predict(network, timing, batch))
        for network in built
        for one, timing in zip(chosen, timings, strict=True)
    ]
    write(format_, time_result(found, expand))


def device_option(multiple: bool = False, required: bool = False) -> click.Option:
    """`--device NAME|FILE`, of a device with times."""
    more = "; may be given several times" if multiple else ""
    return click.Option(
        ["--device"],
        multiple=multiple,
        required=required,
        metavar="NAME|FILE",
        help=f"where time is of: pixel_1, rtx_3090, ..., or a YAML file of calibrate's{more}",
    )


command = Command(
    "time",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, required=True),
        device_option(multiple=True, required=True),
        click.Option(["--batch"], type=WholeNumberType(1), metavar="N",
                     help="examples a run (default: as most networks were measured there)"),
        click.Option(["--expand"], is_flag=True,
                     help="every layer: where the time goes, beside where the Mult-Adds are"),
        *output_options(),
    ],
    help="How long networks take on a device, predicted from their layers, with the error that"
    " such predictions have there.\n\n"
    "Batch and type are as calibrated; where a network lies outside of what was measured, it says"
    " so. costcalc calibrate makes a device of measurements.\n\n"
    "NETWORKS are names or paths, with settings after a colon:\n"
    "mobilenet:alpha=0.5,res=160",
    short_help="how long networks take on a device",
)  # fmt: skip
