"""`costcalc reconcile`: one network under every convention, and why the numbers differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from costcalc.claims.printed import Range, read_tool_number
from costcalc.cli.networks import NetworkGroup, convention_option, settled, spec_command
from costcalc.cli.output import output_options, write, write_verdict
from costcalc.cli.progress import Progress
from costcalc.conventions.bridge import between
from costcalc.conventions.convention import Convention
from costcalc.conventions.counting import Counted
from costcalc.conventions.reading import load_convention, names
from costcalc.errors import CostcalcError
from costcalc.explain import origin
from costcalc.language.forms import read_forms
from costcalc.language.model import Value
from costcalc.language.numerals import require_short
from costcalc.language.spec import Spec
from costcalc.network import Network
from costcalc.report import origin as report_of_origin
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
        if from_ is not None and to is not None:
            _bridge(network, _loaded(from_, forms), _loaded(to, forms), format_)
            return 0
        compared = dict.fromkeys(("paper", *convention)) if convention else names()
        conventions = [_loaded(reference, forms) for reference in compared]
        counts, refused = reconciliation.count_under(
            network, conventions, demanded=bool(convention)
        )
        if number is None:
            write(format_, reconciliation.reconcile_result(network, counts, refused))
            return 0
        given = {k: values[k] for k in spec.hyperparameters if values.get(k) is not None}
        found = _look_for(number, network, given, conventions, counts)
        write_verdict(format_, report_of_origin.origin_result(network, found))
        return int(not found.matches)

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
        click.Option(
            ["--number"],
            metavar="NUMBER",
            help="say which convention prints this (610.1M, 320.30 MMac), or what it may be",
        ),
        *output_options(),
    ]
    return spec_command(
        spec, name, "its number in every convention, and why they differ", options, run
    )


def _loaded(reference: str, forms: Mapping[str, str]) -> Convention:
    return load_convention(reference).of_implementation(forms)


def _bridge(network: Network, a: Convention, b: Convention, format_: str) -> None:
    first, second = network.count(a), network.count(b)
    bridge = between(first, second)
    write(format_, reconciliation.bridge_result(network, first, second, bridge))


def _look_for(
    number: str,
    network: Network,
    given: Mapping[str, Value],
    conventions: list[Convention],
    counts: list[Counted],
) -> report_of_origin.Origin:
    """The conventions that print the number; if there are none, what else it may be."""
    printed = _read_number(number)
    found = origin.figures(counts)
    matches = [figure for figure in found if figure.value in printed]
    lines = origin.published(network.spec)
    readings: list[origin.Reading] = []
    if not matches:
        settings = origin.other_settings(network.spec, given, lines)
        with Progress(len(settings), "readings") as progress:
            tried = progress.advance
            readings = origin.readings(network, settings, conventions, printed, tried)
    return report_of_origin.Origin(
        number,
        reconciliation.told(counts),
        matches,
        [] if matches else origin.candidates(printed, found)[: origin.NEAREST],
        readings,
        [line for line in lines if origin.may_be(line, printed)],
    )


def _read_number(number: str) -> Range:
    """The range of `--number`. Raises `CostcalcError` for what is no number."""
    printed = read_tool_number(require_short(number, "a number"))
    if printed is None:
        raise CostcalcError(f"'{number}' is no number; write 327.5M, 320.30 MMac or 3504872")
    return printed


command = NetworkGroup(
    "reconcile",
    factory=reconcile_command,
    help="One network's params and cost as every tool counts them, and the terms that make the"
    " differences. --convention NAME|FILE (repeatable) compares only these with the paper's, your"
    " own among them. --from A --to B is the bridge between two numbers. --number says which"
    " convention prints a number; where none does (exit 1), the figures nearest to it, twice and"
    " half of each, other settings and forms that print it, and published numbers like it.",
    short_help="one network's number in every tool, and why they differ",
    subcommand_metavar="NETWORK [OPTIONS]",
)
