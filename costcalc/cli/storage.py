"""`costcalc storage`: the size of a model at given bits per weight."""

from __future__ import annotations

from typing import Any

import click

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Ledger
from costcalc.cli.networks import NetworkGroup, settled, spec_command
from costcalc.cli.numbers import WholeNumberType
from costcalc.cli.output import output_options, write
from costcalc.errors import CostcalcError
from costcalc.graph.execution import DEFAULT, execution
from costcalc.language import limits
from costcalc.language.quantities import DTYPES
from costcalc.language.spec import Spec
from costcalc.memory.storage import storage
from costcalc.network import Network
from costcalc.report.storage import Widths, storage_result

SIZES = ("size", "pruned", "pruned_size")
"""The quantities of claims about storage."""


def storage_command(spec: Spec, name: str) -> click.Command:
    """`storage` for one spec, its hyperparameters as options."""

    def run(bits: int | None, dtype: str | None, folded: bool, format_: str, **values: Any) -> None:
        if bits is not None and dtype is not None:
            raise CostcalcError("--bits and --dtype both say how wide a weight is: give one")
        types = None if dtype is None else execution(dtype)
        network = Network(spec, settled(values, spec), execution=types or DEFAULT)
        stored = storage(network.graph, bits, types, folded)
        published = Ledger(
            line for line in ClaimChecker().claims_for(network) if line.claim.quantity in SIZES
        )
        write(format_, storage_result(network, stored, Widths(bits, types, folded), published))

    options = [
        click.Option(
            ["--bits"],
            type=WholeNumberType(1, limits.BITS),
            metavar="N",
            help="bits of every param; else the spec's own column, or 32",
        ),
        click.Option(
            ["--dtype"],
            metavar="TYPE|WEIGHTS:ACTIVATIONS",
            help="weights in a type, biases as they are added up (int8: in 32 bits):"
            f" {', '.join(DTYPES)}",
        ),
        click.Option(
            ["--folded"],
            is_flag=True,
            help="batch normalisations behind convolutions are part of their weights and biases",
        ),
        *output_options(),
    ]
    return spec_command(spec, name, "what it takes to store it", options, run)


command = NetworkGroup(
    "storage",
    factory=storage_command,
    help="The size of the model, by row and in total: params that pruning keeps times the bits of"
    " each. With --dtype or --folded everything counts that a file for inference holds: weights,"
    " biases, and normalisations that are not folded.",
    short_help="the size of the model at given bits per weight",
    subcommand_metavar="NETWORK [OPTIONS]",
)
