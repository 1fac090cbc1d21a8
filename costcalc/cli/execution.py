"""The options that say how a network is run: `--dtype`, `--batch`, `--unfused`."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.numbers import WholeNumberType
from costcalc.graph.execution import Execution, execution
from costcalc.language.quantities import DTYPES


def execution_options() -> list[click.Parameter]:
    """The options, to stand before `--format`."""
    return [
        click.Option(
            ["--dtype"],
            metavar="TYPE|WEIGHTS:ACTIVATIONS",
            help=f"{', '.join(DTYPES)}; or one for weights and one for activations: int8:fp16",
        ),
        click.Option(
            ["--batch"],
            type=WholeNumberType(1),
            default=1,
            show_default=True,
            metavar="N",
            help="examples at once: Mult-Adds and memory access of all, weights read once",
        ),
        click.Option(
            ["--unfused"],
            is_flag=True,
            help="count every normalisation and activation as a layer that reads and writes",
        ),
        click.Option(
            ["--flash"],
            is_flag=True,
            help="attention without its map of scores in memory, as FlashAttention computes it",
        ),
    ]


def read_execution(values: dict[str, Any]) -> tuple[Execution, tuple[str, ...]]:
    """The run these options ask for, and the columns it is worth showing: bytes for a type.

    Raises `CostcalcError` for an unknown type.
    """
    dtype = values.pop("dtype")
    run = execution(dtype, values.pop("batch"), not values.pop("unfused"), values.pop("flash"))
    return run, ("memory_access_bytes",) if dtype else ()
