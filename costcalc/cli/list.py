"""`costcalc list`: every built-in network."""

from __future__ import annotations

import click

from costcalc.cli.networks import convention_option
from costcalc.cli.output import format_option, write
from costcalc.language.find import names
from costcalc.library import load_spec
from costcalc.network import Network, read_convention
from costcalc.report.catalogue import list_result


def run(convention: str | None, format_: str) -> None:
    """Write the list."""
    specs = sorted(map(load_spec, names()), key=lambda s: (s.year or 0, s.paper, s.key))
    counting = read_convention(convention)
    networks = [(spec, Network(spec, {}, counting)) for spec in specs]
    write(format_, list_result(networks))


command = click.Command(
    "list",
    callback=run,
    params=[convention_option(), format_option()],
    help="Every built-in network by paper and year: its hyperparameters (default marked *) and its"
    " costs at the defaults.",
    short_help="every built-in network, its paper, its hyperparameters",
)
