"""`costcalc explain`: how a network comes to its costs."""

from __future__ import annotations

from typing import Any

import click

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Ledger
from costcalc.cli.networks import NetworkGroup, convention_option, settled, spec_command
from costcalc.cli.output import FOR_PEOPLE, output_options, write
from costcalc.explain.derivation import derive
from costcalc.explain.separable import separable_pairs
from costcalc.graph.naming import layers_named
from costcalc.language.spec import Spec
from costcalc.network import Network, read_convention
from costcalc.report.explain import explain_result, separable_result


def explain_command(spec: Spec, name: str) -> click.Command:
    """`explain` for one spec, its hyperparameters as options."""

    def run(
        layer: str | None, separable: bool, convention: str | None, format_: str, **values: Any
    ) -> None:
        if layer and separable:
            raise click.UsageError("--layer explains one layer, --separable all pairs: use one")
        network = Network(spec, settled(values, spec), read_convention(convention))
        if separable:
            pairs = list(separable_pairs(network.graph))
            claims = ClaimChecker().row_claims_for(network) if format_ in FOR_PEOPLE else Ledger()
            write(format_, separable_result(network, pairs, claims))
            return
        chosen = network.layers if layer is None else layers_named(network.graph, layer)
        write(format_, explain_result(network, derive(network, chosen)))

    options = [
        click.Option(["--layer"], help="explain this layer, row, block or operator only"),
        click.Option(
            ["--separable"],
            is_flag=True,
            help="every depthwise + pointwise pair against the standard convolution: 1/N + 1/Dk²",
        ),
        convention_option(),
        *output_options(),
    ]
    return spec_command(spec, name, "how it comes to its costs", options, run)


command = NetworkGroup(
    "explain",
    factory=explain_command,
    help="Each formula in symbols, then with its numbers, then the result: the operators' own"
    " code run on symbols.",
    short_help="each formula in symbols, with its numbers, and the result",
    subcommand_metavar="NETWORK [OPTIONS]",
)
