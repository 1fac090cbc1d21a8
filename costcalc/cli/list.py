"""`costcalc list`: every built-in network."""

from __future__ import annotations

import click

from costcalc.cli.output import format_option, write
from costcalc.network import Network
from costcalc.report import objects, views
from costcalc.spec.find import names
from costcalc.spec.library import load_spec


def run(format_: str) -> None:
    """Write the list."""
    specs = sorted(map(load_spec, names()), key=lambda s: (s.year or 0, s.paper, s.key))
    networks = [(spec, Network(spec, {})) for spec in specs]
    write(format_, lambda: views.list_document(networks), lambda: objects.list_object(networks))


command = click.Command(
    "list",
    callback=run,
    params=[format_option()],
    help="Every built-in network by paper and year: its hyperparameters (default marked *) and its"
    " costs at the defaults.",
    short_help="every built-in network, its paper, its hyperparameters",
)
