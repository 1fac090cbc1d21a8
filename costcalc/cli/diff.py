"""`costcalc diff`: what a change to a network costs, and where it comes from."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.axes import AxesCommand
from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.output import format_option, write
from costcalc.graph.execution import Execution
from costcalc.language.library import load_spec
from costcalc.language.model import Spec
from costcalc.network import Network, parse_reference, read_convention, split_reference


def run(
    networks: tuple[str, ...], expand: bool, convention: str | None, format_: str, **values: Any
) -> None:
    """Write the difference."""
    if len(networks) != 2:
        raise click.UsageError("diff takes two networks: costcalc diff A B")
    from costcalc.control.diff import diff
    from costcalc.report import diff as report

    execution, _ = read_execution(values)
    counting = read_convention(convention)
    a, b = (_network(text, values, execution, counting) for text in networks)
    found = diff(a, b, by="layer" if expand else "row")
    write(
        format_,
        lambda: report.diff_document(found),
        lambda: report.diff_object(found),
        lambda: report.diff_data(found),
    )


def _network(
    reference: str, values: dict[str, Any], execution: Execution, convention: Any
) -> Network:
    """The network of a reference; options set what it leaves open, where it has that."""
    spec = load_spec(split_reference(reference)[0])
    given = {
        name: value
        for name, value in values.items()
        if value is not None and name in spec.hyperparameters
    }
    return parse_reference(reference, convention, execution, given)


class DiffCommand(AxesCommand):
    """Its networks may have settings of their own: mobilenet:alpha=0.5."""

    def spec_of(self, argument: str) -> Spec:
        """The spec of a reference."""
        return load_spec(split_reference(argument)[0])


command = DiffCommand(
    "diff",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, metavar="A B"),
        click.Option(["--expand"], is_flag=True, help="layer by layer, not row by row"),
        convention_option(),
        *execution_options(),
        format_option(),
    ],
    help="What network B costs beside A: totals, then every row that was added, removed or"
    " changed, and why.\n\n"
    "A and B are names or paths, with settings of their own after a colon"
    " (mobilenet:alpha=0.5). Hyperparameters given as options are those of both.",
    short_help="what a change costs, row by row, and why",
)
