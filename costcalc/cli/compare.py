"""`costcalc compare`: networks side by side."""

from __future__ import annotations

from typing import Any

import click

from costcalc.claims.reported import reported_for
from costcalc.cli.command import Command
from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.output import output_options, write
from costcalc.cost.totals import METRICS
from costcalc.network import parse_reference, read_convention
from costcalc.report.comparison import compare_result

SORTS = (*METRICS, "cost")


def run(
    networks: tuple[str, ...],
    sort: str | None,
    convention: str | None,
    format_: str,
    **values: Any,
) -> None:
    """Write the comparison."""
    execution, shown = read_execution(values)
    counting = read_convention(convention)
    built = [parse_reference(reference, counting, execution) for reference in networks]
    first = built[0]
    if sort is not None:
        metric = sort.removeprefix("-")
        if getattr(first.totals, metric, None) is None:
            raise click.UsageError("only a convention with a headline number has a cost")
        built.sort(key=lambda n: getattr(n.totals, metric), reverse=sort.startswith("-"))
    reported = [reported_for(network) for network in built]
    write(format_, compare_result(built, reported, first, shown))


command = Command(
    "compare",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, required=True),
        click.Option(
            ["--sort"],
            type=click.Choice((*SORTS, *(f"-{metric}" for metric in SORTS))),
            metavar="METRIC",
            help=f"sort by {', '.join(SORTS)}; largest first with a - before it",
        ),
        convention_option(),
        *execution_options(),
        *output_options(),
    ],
    help="Networks side by side: costs, ratios to the first, reported accuracy.\n\n"
    "NETWORKS are names or paths, with settings after a colon:\n"
    "mobilenet:alpha=0.5,res=160",
    short_help="networks side by side",
)
