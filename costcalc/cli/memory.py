"""`costcalc memory`: the peak of activation memory."""

from __future__ import annotations

from typing import Any

import click

from costcalc.cli.execution import execution_options, read_execution
from costcalc.cli.messages import say
from costcalc.cli.networks import NetworkGroup, settled, spec_command
from costcalc.cli.numbers import WholeNumberType
from costcalc.cli.output import output_options, write
from costcalc.cli.peak_options import peak_options
from costcalc.errors import CostcalcError
from costcalc.language.spec import Spec
from costcalc.network import Network
from costcalc.report.memory import memory_result

TOP = 5
"""How many of the highest steps are shown."""


def memory_command(spec: Spec, name: str) -> click.Command:
    """`memory` for one spec, its hyperparameters as options."""

    def run(
        definition: str,
        order: str,
        top: int | None,
        arena: bool,
        patches: int | None,
        plot_file: str | None,
        format_: str,
        **values: Any,
    ) -> None:
        execution, _ = read_execution(values)
        network = Network(spec, settled(values, spec), execution=execution)
        if arena:
            _only_separate(definition, top, patches)
            _write_arena(format_, network, order, plot_file)
            return
        if patches is not None:
            _write_patches(format_, network, definition, order, patches)
            return
        if plot_file is not None:
            raise CostcalcError("--plot-file draws an arena: it needs --arena")
        peak = network.peak_memory(definition, order)
        write(format_, memory_result(network, peak, TOP if top is None else top))

    options = [
        *peak_options(),
        click.Option(
            ["--top"],
            type=WholeNumberType(1),
            metavar="N",
            help=f"how many of the highest steps to show with their tensors  [default: {TOP}]",
        ),
        click.Option(
            ["--arena"],
            is_flag=True,
            help="where every tensor lies over time, as TFLite Micro's planner lays it out; the"
            " best layout beside it",
        ),
        click.Option(
            ["--patches"],
            type=WholeNumberType(1),
            metavar="N",
            help="run the first stage in N x N patches (MCUNetV2): the peak, what is recomputed,"
            " and the best number of patches",
        ),
        click.Option(
            ["--plot-file"],
            metavar="FILE",
            help="draw the arena, time against addresses, to .svg, .png or .html",
        ),
        *execution_options(),
        *output_options(),
    ]
    return spec_command(spec, name, "the peak of its activation memory", options, run)


def _only_separate(definition: str, top: int | None, patches: int | None) -> None:
    """Raise `CostcalcError` for options that mean nothing to an arena."""
    if definition != "separate":
        raise CostcalcError(
            f"--arena keeps tensors separate: it does not go with --definition {definition}"
        )
    if patches is not None:
        raise CostcalcError("--arena lays out a network that runs whole: give it or --patches")
    if top is not None:
        raise CostcalcError("--arena shows every step: it does not go with --top")


def _write_patches(
    format_: str, network: Network, definition: str, order: str, patches: int
) -> None:
    from costcalc.memory.patches import every_patched, patched
    from costcalc.report.patches import patches_result

    if order != "spec":
        raise CostcalcError("--patches keeps the spec's order: it does not go with --order best")
    chosen = patched(network.graph, definition, patches)
    every = every_patched(network.graph, definition)
    write(format_, patches_result(network, network.peak_memory(definition), chosen, every))


def _write_arena(format_: str, network: Network, order: str, path: str | None) -> None:
    from costcalc.report.arena import arena_result  # nothing to pay unless asked for

    if path is not None:
        from costcalc.report.plots import file

        file.check(path)
    arena = network.arena(order)
    write(format_, arena_result(network, arena))
    if path is not None:
        from costcalc.report.plots.arena import draw

        draw(path, network.name, arena)
        say(f"{len(arena.buffers):,} tensors", path)


command = NetworkGroup(
    "memory",
    factory=memory_command,
    help="The most activation memory alive at one step of execution, with that step, its tensors"
    " and a bar for every step. What counts as alive differs in the literature: --definition. With"
    " --arena also where each tensor lies.",
    short_help="the peak of activation memory, and where it is",
    subcommand_metavar="NETWORK [OPTIONS]",
)
