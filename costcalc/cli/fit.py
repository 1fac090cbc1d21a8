"""`costcalc fit`: the largest setting within a budget."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.axes import AxesCommand, read_axes
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.output import output_options, write_verdict
from costcalc.cli.time import device_option
from costcalc.errors import CostcalcError
from costcalc.library import load_spec
from costcalc.network import read_convention


def run(
    networks: tuple[str, ...],
    limits: tuple[str, ...],
    grow: str | None,
    step: str | None,
    convention: str | None,
    dtype: str | None,
    device: str | None,
    format_: str,
    **values: Any,
) -> int:
    """Write a line for each combination; 1 where nothing fits in any."""
    from costcalc.cli.progress import Progress
    from costcalc.graph.execution import Execution, execution
    from costcalc.hardware.devices import read_device
    from costcalc.report.fit import fit_result
    from costcalc.search.budgets import read_budgets, split
    from costcalc.search.candidates import candidates
    from costcalc.search.fit import search, whole_lists
    from costcalc.search.growing import growing

    on = read_device(device)
    budgets = read_budgets(split(limits), read_convention(convention), on)
    wanted = []
    stored: dict[str, Execution] = {}
    for reference in dict.fromkeys(networks):
        spec = load_spec(reference)
        axes = whole_lists(spec, read_axes(spec, values))
        wanted.append((reference, axes, growing(spec, axes, grow)))
        stored[spec.key] = execution(dtype).of(spec.dtype)
    types, *others = stored.values()
    if any(other != types for other in others):
        each = ", ".join(f"{name} in {one.dtype}" for name, one in stored.items())
        raise CostcalcError(f"networks in several types: {each}\nsay which one with --dtype")
    # beside others, a network with choices has no use for a step
    alone = all(parameter.choices for _, _, parameter in wanted)
    grown = [
        candidates(parameter, step if alone or not parameter.choices else None)
        for _, _, parameter in wanted
    ]
    found = []
    with Progress() as progress:
        for (reference, axes, _), values_ in zip(wanted, grown, strict=True):
            found += search(
                reference, budgets, values_, axes, convention, types, device, progress.advance
            )
    result = fit_result(found, budgets, convention, types, on, command=format_ == "table")
    write_verdict(format_, result)
    return int(all(fit.largest is None for fit in found))


command = AxesCommand(
    "fit",
    taken=("reference", "metrics"),  # what a sweep of the library calls its own
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, required=True),
        click.Option(["limits", "--max"], multiple=True, required=True, metavar="METRIC=VALUE",
                     help="the budget: params, weights, biases, norm, mult_adds, memory_access, as"
                     " mult_adds=100M; in bytes of --dtype peak_memory, size, memory_access_bytes,"
                     " as peak_memory=256KiB; time=30ms on a device; may be given several times"),
        click.Option(["--grow"], metavar="NAME",
                     help="the hyperparameter that grows (default: the first width multiplier that"
                     " is not given; without any, an integer that is the width of the layers)"),
        click.Option(["--step"], metavar="NUMBER",
                     help="its values are multiples of this (default: 0.001, integers: 1)"),
        convention_option(),
        click.Option(["--dtype"], metavar="TYPE|WEIGHTS:ACTIVATIONS",
                     help="the types that budgets in bytes are of (default: what a spec says, else"
                     " fp32)"),
        device_option(),
        *output_options(),
    ],
    help="The largest setting of one hyperparameter whose network is within a budget.\n\n"
    "NETWORKS come first; then each of their other hyperparameters is an option that takes a value,"
    " or a range or list (128,160) for a line each. Every value is counted, so that the answer"
    " holds where costs do not grow evenly. Exit 1 where nothing fits.",
    short_help="the largest setting within a budget",
)  # fmt: skip
