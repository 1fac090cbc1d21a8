"""`costcalc memory`: the peak of activation memory."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import NetworkGroup, settled, spec_command
from costcalc.cli.output import format_option, write
from costcalc.language.model import Spec
from costcalc.language.quantities import DEFINITIONS
from costcalc.memory.peak import ORDERS
from costcalc.network import Network
from costcalc.report.memory import memory_result


def memory_command(spec: Spec, name: str) -> click.Command:
    """`memory` for one spec, its hyperparameters as options."""

    def run(definition: str, order: str, top: int, format_: str, **values: Any) -> None:
        execution, _ = read_execution(values)
        network = Network(spec, settled(values, spec), execution=execution)
        peak = network.peak_memory(definition, order)
        write(format_, memory_result(network, peak, top))

    options = [
        click.Option(
            ["--definition"],
            type=click.Choice(tuple(DEFINITIONS)),
            default="separate",
            show_default=True,
            help="; ".join(f"{name}: {words}" for name, words in DEFINITIONS.items()),
        ),
        click.Option(
            ["--order"],
            type=click.Choice(ORDERS),
            default="spec",
            show_default=True,
            help="the spec's order of steps, or the one with the smallest peak",
        ),
        click.Option(
            ["--top"],
            type=click.IntRange(min=1),
            default=5,
            show_default=True,
            metavar="N",
            help="how many of the highest steps to show with their tensors",
        ),
        *execution_options(),
        format_option(),
    ]
    return spec_command(spec, name, "the peak of its activation memory", options, run)


command = NetworkGroup(
    "memory",
    factory=memory_command,
    help="The most activation memory alive at one step of execution, with that step, its tensors"
    " and a bar for every step. What counts as alive differs in the literature: --definition.",
    short_help="the peak of activation memory, and where it is",
    subcommand_metavar="NETWORK [OPTIONS]",
)
