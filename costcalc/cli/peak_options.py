"""The options that say what a peak of memory is: `--definition`, `--order`."""

from __future__ import annotations

import click

from costcalc.language.quantities import DEFINITIONS
from costcalc.memory.peak import ORDERS


def peak_options() -> list[click.Parameter]:
    """What counts as alive, and the order of steps."""
    return [
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
    ]
