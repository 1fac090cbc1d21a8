"""`costcalc sweep`: many configurations, filtered, sorted and cut."""

from __future__ import annotations

import collections
import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from costcalc.cli.axes import AxesCommand, read_axes
from costcalc.cli.messages import say
from costcalc.cli.networks import NetworkReference, convention_option
from costcalc.cli.numbers import NumberType, WholeNumberType, workers_option
from costcalc.cli.output import FORMATS, echo, left_out, say_uncounted, write
from costcalc.cli.resuming import kept, resume_option
from costcalc.cli.signals import as_exceptions
from costcalc.cli.time import device_option
from costcalc.files import target
from costcalc.language import limits
from costcalc.language.quantities import REPORTED
from costcalc.library import load_spec
from costcalc.network import read_convention

if TYPE_CHECKING:
    from costcalc.sweeps.query import Columns
    from costcalc.sweeps.schema import Field
    from costcalc.sweeps.tasks import Runner, Task
    from costcalc.sweeps.walk import Sweep


LARGE = 1 << 28
"""Configurations from which on every core is used."""


@as_exceptions()
def run(
    networks: tuple[str, ...],
    metrics: str,
    where: str | None,
    sort: str | None,
    top: int | None,
    pareto: str | None,
    sample: int | None,
    seed: int,
    configs: str | None,
    convention: str | None,
    device: str | None,
    workers: int | None,
    dask: str | None,
    worker_timeout: float | None,
    format_: str,
    plot: str | None,
    plot_file: str | None,
    output: str | None,
    resume: bool | None,
    **values: Any,
) -> None:
    """Write the rows that are wanted."""
    from costcalc.cli.plot_options import Drawing
    from costcalc.cli.progress import Progress
    from costcalc.cli.query_options import read_query
    from costcalc.hardware.devices import read_device
    from costcalc.report.sweep import footer
    from costcalc.sweeps.costs import known_metrics
    from costcalc.sweeps.schema import fields
    from costcalc.sweeps.space import Space
    from costcalc.sweeps.tasks import Job
    from costcalc.sweeps.walk import Sweep
    from costcalc.tables import writers
    from costcalc.tables.configs import Configs

    specs = [load_spec(reference) for reference in dict.fromkeys(networks)]
    spaces = [Space(spec, read_axes(spec, values)) for spec in specs]
    counting, on = read_convention(convention), read_device(device)
    counted = known_metrics(counting, on)
    known = [*counted, *REPORTED]
    listed = Configs(configs, spaces, counted) if configs is not None else None
    if listed is not None and sample is not None:
        raise click.UsageError("--configs lists configurations, --sample draws them: use one")
    extra_columns = [] if listed is None else list(listed.extra_columns.values())
    extra_names = [field.name for field in extra_columns]
    columns = [] if listed is None else listed.hyperparameters
    several = [n for s in spaces for n in s.names if len(s.axes.get(n, ())) > 1]
    axes = list(dict.fromkeys([*several, *columns]))
    drawing = Drawing.read(plot, plot_file, format_, specs, axes, known, extra_columns)
    query = read_query(
        metrics, where, sort, top, pareto,
        spaces=spaces, extra_columns=extra_columns, drawn=drawing.axes, convention=counting,
        device=on,
    )  # fmt: skip
    kind = ""
    if output is not None:
        source = click.get_current_context().get_parameter_source("format_")
        kind = writers.kind(output, format_ if source is ParameterSource.COMMANDLINE else None)
        target(output)
    job = Job(spaces, query, extra_names)
    if listed is not None:
        tasks: Iterator[Task] = listed.tasks()
        points = listed.points
    elif sample is not None:
        tasks, points = job.sample(sample, seed), sample * len(spaces)
    else:
        tasks, points = job.everything(), sum(space.points for space in spaces)
    written = fields(spaces, query.metrics, extra_columns)
    streamed = output is None and format_ not in ("table", "md") and sys.stdout.isatty()
    with (
        kept(job, output, resume, configs, kind in writers.TEXTS and not drawing.axes) as done,
        Progress(points, quiet=streamed) as progress,
        _runner(dask, worker_timeout, workers, points) as runner,
    ):
        runner = done.continued(runner)
        found = Sweep(job, tasks, runner, progress.advance, done.forget, done.rows)
        blocks = drawing.watched(found)
        if output is not None:
            with done.output() as file:
                writers.write(file, kind, written, blocks, done.begun)
            say(footer(found))
            say_uncounted()
        elif drawing.axes and format_ == "table":
            collections.deque(blocks, maxlen=0)  # the picture stands in the table's place
        else:
            varied = dict.fromkeys([*(name for space in spaces for name in space.names), *columns])
            _show(found, blocks, written, [*varied], format_)
    drawing.draw(footer(found) if output is None else "")


@contextlib.contextmanager
def _runner(
    dask: str | None, worker_timeout: float | None, workers: int | None, points: int
) -> Iterator[Runner]:
    """Where tasks run: on a cluster, or in processes of this machine."""
    from costcalc.parallel import processes as local

    if dask is None:
        if worker_timeout is not None:
            raise click.UsageError("--worker-timeout is of a cluster: it needs --dask")
        number = workers or (local.cores() if points > LARGE else 1)
        yield lambda job, tasks: local.results(job, tasks, number)
        return
    if workers is not None:
        raise click.UsageError("--workers are processes here, --dask runs elsewhere: use one")
    from costcalc.sweeps import cluster

    def notice(text: str) -> None:
        say(f"costcalc: {text}")

    seconds = 600.0 if worker_timeout is None else worker_timeout
    with cluster.connected(dask) as client:
        yield lambda job, tasks: cluster.results(client, job, tasks, notice, seconds)


def _show(
    found: Sweep, blocks: Iterator[Columns], columns: list[Field], varied: list[str], format_: str
) -> None:
    """Write the rows to stdout: in tables what varies and the metrics, in data all."""
    from costcalc.report.sweep import SHOWN, sweep_result
    from costcalc.tables import writers

    def tally() -> dict[str, Any]:
        counts = found.tally
        without = {name: count for name, count in counts.without.items() if count}
        return {
            **({"uncounted": left_out()} if left_out() else {}),
            "configurations": counts.configurations,
            "invalid": counts.invalid,
            "without": without,
        }

    texts = {
        "csv": lambda: writers.csv_text(columns, blocks),
        "jsonl": lambda: writers.json_lines(columns, blocks),
        "json": lambda: writers.json_text(columns, blocks, tally),
    }
    if format_ in texts:
        for text in texts[format_]():
            echo(text, end="")
        if format_ != "json":
            say_uncounted()
        return
    networks = ["network"] if len(found.job.spaces) > 1 else []
    wanted = [*networks, *varied, *found.job.query.metrics, *found.job.extra_columns]
    by_name = {field.name: field for field in columns}
    shown = [by_name[name] for name in dict.fromkeys(wanted)]
    write(format_, sweep_result(found, blocks, shown, SHOWN[format_]))


command = AxesCommand(
    "sweep",
    callback=run,
    params=[
        click.Argument(["networks"], type=NetworkReference(), nargs=-1, required=True),
        click.Option(["--metrics"], default="params,mult_adds,memory_access", show_default=True,
                     metavar="NAMES", help="what is computed"),
        click.Option(["--where"], metavar="EXPRESSION",
                     help="keep rows where this holds: 'mult_adds <= 150M and params < 2M'"),
        click.Option(["--sort"], metavar="EXPRESSION", help="smallest first; -mult_adds: largest"),
        click.Option(["--top"], type=WholeNumberType(1), metavar="N",
                     help="the first N rows alone"),
        click.Option(["--pareto"], metavar="EXPRESSIONS",
                     help="keep the front: rows that no other beats in all of these, as"
                     " mult_adds,params or, where more is better, mult_adds,-accuracy"),
        click.Option(["--sample"], type=WholeNumberType(1, limits.CONFIGURATIONS), metavar="N",
                     help="N random configurations of the space"),
        click.Option(["--seed"], type=WholeNumberType(0, 2**64 - 1), default=0, show_default=True,
                     help="of the sample"),
        click.Option(["--configs"], metavar="FILE",
                     help="configurations from a CSV file, a column for each hyperparameter"),
        workers_option("large spaces"),
        click.Option(["--dask"], metavar="ADDRESS",
                     help="run on a Dask cluster, tcp://host:8786 or tls:// (costcalc[dask])"),
        click.Option(["--worker-timeout"], type=NumberType(0, 10**9), metavar="SECONDS",
                     help="give up where the cluster has had no workers for so long"
                     " (default: 600)"),
        convention_option(),
        device_option(),
        click.Option(["format_", "--format"], type=click.Choice((*FORMATS, "jsonl")),
                     default="table", show_default=True, help="how to write the result"),
        click.Option(["--plot"], metavar="X,Y",
                     help="draw two columns, such as mult_adds,accuracy, in place of the table"),
        click.Option(["plot_file", "--plot-file"], metavar="FILE",
                     help="write what --plot draws to a .svg, .png or .html file"),
        click.Option(["output", "-o", "--output"], metavar="FILE",
                     help="write to a .csv, .jsonl, .npz or .parquet file, whole or not at all;"
                     " or into a FIFO or device, as /dev/stdout with --format csv"),
        resume_option(),
    ],
    help="Every combination of the hyperparameters given, counted.\n\n"
    "NETWORKS come first; then each of their hyperparameters is an option that takes a range"
    " (0.25:1:0.25, both ends included), a list (128,160) or all of its choices; one that is a list"
    " itself takes what each of its elements may be, or whole lists ([3,5,3],[5,5,5]). Combinations"
    " that are no network (groups that do not divide) are left out and counted.",
    short_help="many configurations: ranges, filters, Pareto fronts",
)  # fmt: skip
