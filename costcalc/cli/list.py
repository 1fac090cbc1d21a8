"""`costcalc list`: the built-in networks, or one of them."""

from __future__ import annotations

import click

from costcalc.cli.command import Command
from costcalc.cli.networks import convention_option
from costcalc.cli.output import output_options, write
from costcalc.language.find import names
from costcalc.language.spec import TASKS
from costcalc.library import load_spec
from costcalc.network import Network, parse_reference, read_convention
from costcalc.report.catalogue import list_result, one_result


def run(name: str | None, task: str | None, convention: str | None, format_: str) -> None:
    """Write the list, or what there is to say of one network."""
    if name is not None and task is not None:
        raise click.UsageError("--task is for the list; leave it out beside a NAME")
    counting = read_convention(convention)
    if name is not None:
        write(format_, one_result(parse_reference(name, counting)))
        return
    specs = sorted(map(load_spec, names()), key=lambda s: (s.year or 0, s.paper, s.key))
    wanted = [spec for spec in specs if task is None or task in spec.tasks]
    write(format_, list_result(Network(spec, {}, counting) for spec in wanted))


command = Command(
    "list",
    callback=run,
    params=[
        click.Argument(["name"], required=False, metavar="[NAME]"),
        click.Option(["--task"], type=click.Choice([*TASKS]), help="only networks for this task"),
        convention_option(),
        *output_options(),
    ],
    help="The built-in networks by task and family, with their costs at the defaults. With a NAME"
    " (or the path of a spec) that network: its paper, its settings (default marked *), its costs;"
    " NAME:alpha=0.5 has those at other settings.",
    short_help="the built-in networks by task and family, or one of them",
)
