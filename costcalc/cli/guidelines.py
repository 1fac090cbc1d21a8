"""`costcalc guidelines`: ShuffleNet v2's four, with numbers."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.execution import RUN, execution_options, read_execution
from costcalc.cli.networks import NetworkGroup, given, hyperparameter_options
from costcalc.cli.output import format_option, write
from costcalc.memory.guidelines import findings
from costcalc.network import Network
from costcalc.report import guidelines as report
from costcalc.spec.model import Spec

TAKEN = (*RUN, "format", "format_", "help")


def guidelines_command(spec: Spec, name: str) -> click.Command:
    """`guidelines` for one spec, its hyperparameters as options."""

    def run(format_: str, **values: Any) -> None:
        execution, _ = read_execution(values)
        network = Network(spec, given(values, spec), execution=execution)
        found = findings(network)
        write(
            format_,
            lambda: report.guidelines_document(network, found),
            lambda: report.guidelines_object(network, found),
        )

    return click.Command(
        name,
        params=[*hyperparameter_options(spec, TAKEN), *execution_options(), format_option()],
        callback=run,
        help=f"{spec.name}: where it moves more than it must.\n\n{spec.paper}",
        short_help=spec.paper,
    )


command = NetworkGroup(
    "guidelines",
    factory=guidelines_command,
    help="ShuffleNet v2's guidelines for a network: unequal widths (G1), groups (G2), parallel"
    " branches (G3), element-wise operators (G4), each with the elements it moves. Hints, ranked"
    " by what they cost; never errors.",
    short_help="where a network moves more memory than it must",
    subcommand_metavar="NETWORK [OPTIONS]",
)
