"""`costcalc NETWORK`: what one network costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from costcalc.claims.checker import ClaimChecker, disagreement
from costcalc.claims.ledger import Ledger
from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import convention_option, settled, spec_command
from costcalc.cli.output import FOR_PEOPLE, format_option, write
from costcalc.cost.groups import GROUPINGS
from costcalc.language.model import Spec
from costcalc.language.settings import changed
from costcalc.network import Network, read_convention
from costcalc.report.network import MOVED, network_result


def network_command(spec: Spec, name: str) -> click.Command:
    """The command of a spec, its hyperparameters as options."""
    options = [
        click.Option(
            ["--by"],
            type=click.Choice(("row", "block", "type")),
            help="gather layers by row of the paper's table, by block or by type",
        ),
        click.Option(
            ["--expand"], is_flag=True, help="show every layer, normalisation and activation too"
        ),
        click.Option(
            ["--intensity"], is_flag=True, help="show bytes moved and multiply-adds per byte"
        ),
        convention_option(),
        *execution_options(),
        format_option(),
    ]

    def run(
        by: str | None,
        expand: bool,
        intensity: bool,
        convention: str | None,
        format_: str,
        **values: Any,
    ) -> None:
        if by and expand:
            raise click.UsageError("--by gathers layers, --expand shows each: use one of them")
        execution, shown = read_execution(values)
        if intensity:
            shown = tuple(MOVED)
        network = Network(spec, settled(values, spec), read_convention(convention), execution)
        show(network, "layer" if expand else by, format_, shown)

    return spec_command(spec, name, "what it costs", options, run)


def show(network: Network, grouping: str | None, format_: str, shown: Sequence[str] = ()) -> None:
    """Write the network. Raises `SpecError` where a checked cell disagrees."""
    checker = ClaimChecker()
    require_checked(checker, network.with_execution())
    groups = GROUPINGS[grouping or "row"](network.graph, network.sum_up)

    claims_for = checker.type_claims_for if grouping == "type" else checker.claims_for
    # what papers print is of one example, and for people to compare with
    comparable = network.execution.batch == 1 and format_ in FOR_PEOPLE
    published = claims_for(network) if comparable else Ledger()
    write(format_, network_result(network, groups, grouping, published, shown))


def require_checked(checker: ClaimChecker, network: Network) -> None:
    """Raise `SpecError` at the first checked cell of the spec's tables that disagrees.

    The cells are the paper's at the default hyperparameters, so only these are held to them.
    """
    if changed(network.spec, network.hyperparameters):
        return
    for line in checker.checked_cells(network):
        if line.failed:
            error = disagreement(line)
            error.found_in = (network.spec.source, None)
            raise error
