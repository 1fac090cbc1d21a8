"""`costcalc check`: computed against printed."""

from __future__ import annotations

import click

from costcalc.claims.checker import ClaimChecker
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.output import format_option, write
from costcalc.language.find import names
from costcalc.language.library import load_spec
from costcalc.network import read_convention
from costcalc.report import objects, views


def run(networks: tuple[str, ...], verbose: bool, convention: str | None, format_: str) -> int:
    """Write the ledger; 1 where a discrepancy is not recorded, or a recorded one is gone."""
    specs = [load_spec(reference) for reference in dict.fromkeys(networks or names())]
    counting = read_convention(convention)
    ledger = ClaimChecker(counting).ledger(specs)
    if format_ == "github":
        from costcalc.report.formats import github

        click.echo(github.render(ledger, verbose), nl=False)
        return int(ledger.failed)
    write(
        format_,
        lambda: views.check_document(ledger, specs, verbose, convention or ""),
        lambda: objects.check_object(ledger),
        lambda: views.check_data(ledger),
    )
    return int(ledger.failed)


command = click.Command(
    "check",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1),
        click.Option(["--verbose", "-v"], is_flag=True, help="show every line, not only failures"),
        convention_option(help_="take params under this convention where a claim names none"),
        format_option("github"),
    ],
    help="Hold every printed number of the papers against the computed one.\n\n"
    "NETWORKS are names or paths; without any, all built-in ones. Exit 1 on a discrepancy"
    " that no spec records, or a recorded one that is gone.",
    short_help="computed numbers against printed ones",
)
