"""`costcalc storage`: the size of a model at given bits per weight."""

from __future__ import annotations

from typing import Any

import click

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Ledger
from costcalc.cli.networks import NetworkGroup, settled, spec_command
from costcalc.cli.output import format_option, write
from costcalc.language import limits
from costcalc.language.model import Spec
from costcalc.memory.storage import storage
from costcalc.network import Network
from costcalc.report.storage import storage_result

SIZES = ("size", "pruned", "pruned_size")
"""The quantities of claims about storage."""


def storage_command(spec: Spec, name: str) -> click.Command:
    """`storage` for one spec, its hyperparameters as options."""

    def run(bits: int | None, format_: str, **values: Any) -> None:
        network = Network(spec, settled(values, spec))
        stored = storage(network.graph, bits)
        published = Ledger(
            line for line in ClaimChecker().claims_for(network) if line.claim.quantity in SIZES
        )
        write(format_, storage_result(network, stored, bits, published))

    options = [
        click.Option(
            ["--bits"],
            type=click.IntRange(1, limits.BITS),
            metavar="N",
            help="bits of every param; else the spec's own column, or 32",
        ),
        format_option(),
    ]
    return spec_command(spec, name, "what it takes to store it", options, run)


command = NetworkGroup(
    "storage",
    factory=storage_command,
    help="The size of the model, by row and in total, in MB and in MiB: params that pruning keeps"
    " times the bits of each.",
    short_help="the size of the model at given bits per weight",
    subcommand_metavar="NETWORK [OPTIONS]",
)
