"""`costcalc NETWORK`: what one network costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from costcalc.claims.checker import ClaimChecker, disagreement
from costcalc.claims.ledger import Ledger
from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import convention_option, settled, spec_command
from costcalc.cli.numbers import WholeNumberType
from costcalc.cli.output import FOR_PEOPLE, output_options, write
from costcalc.cost.groups import GROUPINGS, by_depth
from costcalc.language.settings import changed
from costcalc.language.spec import Spec
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
        *_depth_option(spec),
        click.Option(
            ["--intensity"], is_flag=True, help="show bytes moved and multiply-adds per byte"
        ),
        convention_option(),
        *execution_options(),
        *output_options(),
    ]

    def run(
        by: str | None,
        expand: bool,
        intensity: bool,
        convention: str | None,
        format_: str,
        depth_: int | None = None,
        **values: Any,
    ) -> None:
        if by and expand:
            raise click.UsageError("--by gathers layers, --expand shows each: use one of them")
        if depth_ and (by or expand):
            raise click.UsageError("blocks are opened without --by and --expand")
        execution, shown = read_execution(values)
        if intensity:
            shown = tuple(MOVED)
        network = Network(spec, settled(values, spec), read_convention(convention), execution)
        grouping = "layer" if expand else "depth" if depth_ else by
        show(network, grouping, format_, shown, depth_ or 1)

    return spec_command(spec, name, "what it costs", options, run)


def _depth_option(spec: Spec) -> list[click.Parameter]:
    """`--depth`, which is `--open` too: a hyperparameter may be called by one of these."""
    flags = [f"--{name}" for name in ("depth", "open") if name not in spec.hyperparameters]
    text = "open blocks down to a level: 1 for the table's rows, 2 for what is in them, ..."
    option = click.Option(["depth_", *flags], type=WholeNumberType(1, 100), metavar="N", help=text)
    return [option] if flags else []


def show(
    network: Network,
    grouping: str | None,
    format_: str,
    shown: Sequence[str] = (),
    depth: int = 1,
) -> None:
    """Write the network. Raises `SpecError` where a checked cell disagrees."""
    checker = ClaimChecker()
    require_checked(checker, network.with_execution())
    groups = None
    if grouping != "layer":
        gather = by_depth(depth) if grouping == "depth" else GROUPINGS[grouping or "row"]
        groups = gather(network.graph, network.sum_up)

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
