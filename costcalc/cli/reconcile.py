"""`costcalc reconcile`: one network under every convention, and why the numbers differ."""

from __future__ import annotations

from typing import Any

import click

from costcalc.claims.printed import Range, read_tool_number
from costcalc.cli.networks import NetworkGroup, convention_option, settled, spec_command
from costcalc.cli.output import format_option, write
from costcalc.conventions.bridge import between
from costcalc.conventions.convention import Counted
from costcalc.conventions.reading import load_convention, names
from costcalc.errors import CostcalcError
from costcalc.language import limits
from costcalc.language.forms import read_forms
from costcalc.language.model import Spec
from costcalc.network import Network
from costcalc.report import reconciliation


def reconcile_command(spec: Spec, name: str) -> click.Command:
    """`reconcile` for one spec, its hyperparameters as options."""

    def run(
        from_: str | None,
        to: str | None,
        number: str | None,
        convention: tuple[str, ...],
        implementation: str | None,
        format_: str,
        **values: Any,
    ) -> int:
        if (from_ is None) != (to is None):
            raise click.UsageError("--from and --to go together: a bridge has two ends")
        if number is not None and from_ is not None:
            raise click.UsageError("--number looks for a number, --from --to bridges two: use one")
        if convention and from_ is not None:
            raise click.UsageError("--from --to name their conventions: leave out --convention")
        network = Network(spec, settled(values, spec))
        forms = {} if implementation is None else read_forms(implementation, "--implementation")

        def count(reference: str) -> Counted:
            return network.count(load_convention(reference).of_implementation(forms))

        if from_ is not None and to is not None:
            first, second = count(from_), count(to)
            bridge = between(first, second)
            write(
                format_,
                lambda: reconciliation.bridge_document(network, first, second, bridge),
                lambda: reconciliation.bridge_object(network, first, second, bridge),
            )
            return 0
        counts, refused = [], list[reconciliation.Refused]()
        for reference in dict.fromkeys(("paper", *convention)) if convention else names():
            try:
                counts.append(count(reference))
            except CostcalcError as error:
                if convention:
                    raise
                refused.append(reconciliation.Refused(reference, str(error)))
        if number is None:
            write(
                format_,
                lambda: reconciliation.reconcile_document(network, counts, refused),
                lambda: reconciliation.reconcile_object(network, counts, refused),
            )
            return 0
        printed = _read_number(number)
        matches = [m for m in reconciliation.numbers(counts) if m.value in printed]
        write(
            format_,
            lambda: reconciliation.match_document(network, number, matches),
            lambda: reconciliation.match_object(network, number, matches),
        )
        return int(not matches)

    options = [
        convention_option("from_", "--from", help_="bridge from this convention's number"),
        convention_option("to", "--to", help_="to this one's"),
        convention_option(
            help_="compare only this one with the paper's; repeat for more", multiple=True
        ),
        click.Option(
            ["--implementation"],
            metavar="OPERATOR=FORM,...",
            help="how the implementation writes operators, as gpool=mean or biases=random",
        ),
        click.Option(["--number"], metavar="NUMBER", help="say which convention prints this"),
        format_option(),
    ]
    return spec_command(
        spec, name, "its number in every convention, and why they differ", options, run
    )


def _read_number(number: str) -> Range:
    """The range of `--number`. Raises `CostcalcError` for what is no number."""
    if len(number) > limits.EXPRESSION_CHARACTERS:
        raise CostcalcError(
            f"a number of {len(number):,} characters; the limit is {limits.EXPRESSION_CHARACTERS}"
        )
    printed = read_tool_number(number)
    if printed is None:
        raise CostcalcError(f"'{number}' is no number; write 327.5M, 320.30 MMac or 3504872")
    return printed


command = NetworkGroup(
    "reconcile",
    factory=reconcile_command,
    help="One network's params and cost as every tool counts them, and the terms that make the"
    " differences. --convention NAME|FILE (repeatable) compares only these with the paper's, your"
    " own among them. --from A --to B is the bridge between two numbers, --number says which"
    " convention prints a number (exit 1 if none does).",
    short_help="one network's number in every tool, and why they differ",
    subcommand_metavar="NETWORK [OPTIONS]",
)
