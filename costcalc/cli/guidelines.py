"""`costcalc guidelines`: ShuffleNet v2's four, with numbers."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import NetworkGroup, settled, spec_command
from costcalc.cli.output import output_options, write
from costcalc.language.spec import Spec
from costcalc.memory.guidelines import findings
from costcalc.network import Network
from costcalc.report.guidelines import guidelines_result


def guidelines_command(spec: Spec, name: str) -> click.Command:
    """`guidelines` for one spec, its hyperparameters as options."""

    def run(format_: str, **values: Any) -> None:
        execution, _ = read_execution(values)
        network = Network(spec, settled(values, spec), execution=execution)
        write(format_, guidelines_result(network, findings(network.graph)))

    options = [*execution_options(), *output_options()]
    return spec_command(spec, name, "where it moves more than it must", options, run)


command = NetworkGroup(
    "guidelines",
    factory=guidelines_command,
    help="ShuffleNet v2's guidelines for a network: unequal widths (G1), groups (G2), parallel"
    " branches (G3), element-wise operators (G4), each with the elements it moves. Hints, ranked"
    " by what they cost; never errors.",
    short_help="where a network moves more memory than it must",
    subcommand_metavar="NETWORK [OPTIONS]",
)
