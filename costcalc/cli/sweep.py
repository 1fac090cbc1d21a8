"""`costcalc sweep`: many configurations, filtered, sorted and cut."""

from __future__ import annotations

import sys
from typing import Any

import click

from costcalc.cli.axes import AxesCommand, read_axes
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.output import FORMATS
from costcalc.errors import CostcalcError, suggest
from costcalc.network import read_convention
from costcalc.spec.library import load_spec

TAKEN = frozenset({"metrics", "where", "sort", "top", "pareto", "sample", "seed", "workers",
                   "convention", "format", "output", "help", "networks"})  # fmt: skip


def run(
    networks: tuple[str, ...],
    metrics: str,
    where: str | None,
    sort: str | None,
    top: int | None,
    pareto: str | None,
    sample: int | None,
    seed: int,
    convention: str | None,
    workers: int,
    format_: str,
    output: str | None,
    **values: Any,
) -> None:
    """Write the rows that are wanted."""
    from costcalc.cli.progress import Progress
    from costcalc.explore import files, space
    from costcalc.explore.filters import Filter
    from costcalc.explore.sweep import Query, Space, points, sweep

    specs = [load_spec(reference) for reference in networks]
    spaces = [Space(spec, read_axes(spec, values)) for spec in specs]
    counting = read_convention(convention)
    known = [*space.METRICS, *(["cost"] if counting is not None and counting.unit else [])]
    front = _names(pareto, known)
    wanted = _names(metrics, known)
    if counting is not None and counting.unit and "cost" not in wanted:
        wanted.insert(0, "cost")
    condition = Filter(where, "--where") if where else None
    key = Filter(sort.removeprefix("-"), "--sort") if sort else None
    columns = {*known, "network", *(name for spec in specs for name in spec.hyperparameters)}
    for filter_ in filter(None, (condition, key)):
        filter_.require(columns)
        wanted += [name for name in known if name in filter_.names and name not in wanted]
    wanted += [name for name in front if name not in wanted]
    query = Query(
        tuple(wanted), condition, key, bool(sort and sort.startswith("-")), top, tuple(front),
        counting,
    )  # fmt: skip
    with Progress(sample or points(spaces)) as progress:
        found = sweep(spaces, query, progress.advance, workers=workers, sample=sample, seed=seed)
    if output is not None:
        files.write(output, found)
        click.echo(files.footer(found), err=True)
        return
    axes_shown = dict.fromkeys(name for one in spaces for name in one.axes)
    shown = [*(["network"] if len(spaces) > 1 else []), *axes_shown]
    label = "paper" if counting is None else counting.key
    files.show(found, shown, wanted, label, format_, sys.stdout.isatty())


def _names(text: str | None, known: list[str]) -> list[str]:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise CostcalcError(f"unknown metric '{name}'\n{suggest(name, known, 'metrics')}")
    return list(dict.fromkeys(names))


command = AxesCommand(
    "sweep",
    taken=TAKEN,
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, required=True),
        click.Option(["--metrics"], default="params,mult_adds,memory_access", show_default=True,
                     metavar="NAMES", help="what is computed"),
        click.Option(["--where"], metavar="EXPRESSION",
                     help="keep rows where this holds: 'mult_adds <= 150M and params < 2M'"),
        click.Option(["--sort"], metavar="EXPRESSION", help="smallest first; -mult_adds: largest"),
        click.Option(["--top"], type=click.IntRange(1), metavar="N", help="the first N rows alone"),
        click.Option(["--pareto"], metavar="NAMES",
                     help="keep the front: rows that no other beats in all of these"),
        click.Option(["--sample"], type=click.IntRange(1), metavar="N",
                     help="N random configurations of the space"),
        click.Option(["--seed"], type=int, default=0, show_default=True, help="of the sample"),
        click.Option(["--workers"], type=click.IntRange(1), metavar="N",
                     help="processes (default: one a core for large spaces)"),
        convention_option(),
        click.Option(["format_", "--format"], type=click.Choice((*FORMATS, "jsonl")),
                     default="table", show_default=True, help="how to write the result"),
        click.Option(["output", "-o", "--output"], metavar="FILE",
                     help="write to a .csv, .jsonl, .npz or .parquet file, whole or not at all"),
    ],
    help="Every combination of the hyperparameters given, counted.\n\n"
    "NETWORKS come first; then each of their hyperparameters is an option that takes a range"
    " (0.25:1:0.25, both ends included), a list (128,160) or all of its choices. Combinations that"
    " are no network (groups that do not divide) are left out and counted.",
    short_help="many configurations: ranges, filters, Pareto fronts",
)  # fmt: skip
