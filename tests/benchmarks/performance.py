"""What each kind of question costs, beside its neighbour: `python -m tests.benchmarks.performance`.

Every row is a ratio, made in one run: both sides take turns, and processor time is what counts, so
that a busy machine tells the same. `--write` renews the tables of docs/performance.md; `--only
WORD` runs the rows that have the word. Nothing is asserted here.
"""

from __future__ import annotations

import argparse
import gc
import io
import itertools
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np

import costcalc
from costcalc.cost.totals import METRICS
from costcalc.errors import CostcalcError
from costcalc.language.find import names
from costcalc.library import load_spec
from costcalc.lsp import shown
from costcalc.lsp.analysis import Analysis
from costcalc.sweeps.query import Query
from costcalc.sweeps.schema import fields
from costcalc.sweeps.space import library_space
from costcalc.sweeps.tasks import Job
from costcalc.sweeps.walk import Sweep
from costcalc.tables import lines, writers
from tests.benchmarks import by_hand
from tests.benchmarks.deep import chain
from tests.running import PEAK

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
COMMAND = [sys.executable, "-m", "costcalc"]
MILLION = 10**6


class Row(NamedTuple):
    """A question, what it is held against, how often as long it may take, and both as calls."""

    question: str
    beside: str
    goal: float
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    times: int = 5


def cpu_seconds(run: Callable[[], Any]) -> float:
    """Processor seconds of a call, and of the processes that it waits for."""

    def used() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    before = used()
    run()
    return used() - before


def ratio(row: Row) -> float:
    """How often as long as its neighbour a question takes: the median of pairs in turn."""
    gc.collect()
    gc.freeze()  # what the rows before left is not looked through in this one
    pairs = [(cpu_seconds(row.ours), cpu_seconds(row.theirs)) for _ in range(row.times)]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return ours / theirs


def process(*arguments: str) -> Callable[[], Any]:
    """A call that runs a command of Python's."""
    return lambda: subprocess.run(arguments, stdout=subprocess.DEVNULL, check=True)


def command(*arguments: str) -> Callable[[], Any]:
    """A call that runs `costcalc ARGUMENTS`."""
    return process(*COMMAND, *arguments)


def sweep(name: str, **options: Any) -> Callable[[], Any]:
    """A call that sweeps a network."""
    return lambda: costcalc.sweep(name, **options)


def processes(folder: Path) -> Iterator[Row]:
    """Whole commands: what is started, read, counted and written."""
    main = command("mobilenet", "--alpha", "0.5", "--res", "160")
    imports = process(sys.executable, "-c", "import click, yaml, rich.table")
    yield Row(
        "`costcalc mobilenet`", "importing click, yaml and rich.table", 1.15, main, imports, 15
    )
    few = with_networks(31, folder)
    yield Row(f"`costcalc mobilenet` with {len(names())} networks", "with 31", 1.03, main, few, 15)
    yield Row("`check`, all networks", "`costcalc mobilenet`", 10, command("check"), main, 3)
    wide = command("fit", "wide_resnet", "--max", "mult_adds=100M")
    fit = command("fit", "mobilenet", "--max", "mult_adds=100M")
    yield Row("`fit wide_resnet`", "`fit mobilenet`", 2, wide, fit, 3)
    many = ["fit", "mobilenet", "--res", "32:2031", "--max"]
    timed = command(*many, "time=50", "--device", "pixel_1")
    yield Row("`fit mobilenet` of 2,000 sizes to a time", "to Mult-Adds", 2, timed,
              command(*many, "mult_adds=300M"), 3)  # fmt: skip
    largest = max(names(), key=lambda name: len(load_spec(name).source.text))
    yield Row(f"the language server's answers to {largest} as it is typed", "`costcalc mobilenet`",
              1, lambda: answers(largest), main)  # fmt: skip
    deep, thirty = folder / "deep.yaml", folder / "branches.yaml"
    deep.write_text(chain(100_000))
    thirty.write_text(side_by_side(30, 30))
    plain = command(str(deep))
    as_json, expanded = command(str(deep), "--format", "json"), command(str(deep), "--expand")
    yield Row("100,000 layers as JSON", "their plain view", 1.3, as_json, plain, 3)
    yield Row("100,000 layers, `--expand`", "their plain view", 1.3, expanded, plain, 3)
    best = command("memory", str(thirty), "--order", "best")
    yield Row("`memory --order best`, 30 branches of 30", "`memory`", 5, best,
              command("memory", str(thirty)), 3)  # fmt: skip


def with_networks(number: int, folder: Path) -> Callable[[], Any]:
    """A call that runs the main job where so many networks are built in."""
    package = Path(costcalc.__file__).parent
    shutil.copytree(package, folder / "costcalc")
    there = folder / "specs"
    there.mkdir()
    for name in ["mobilenet", *(name for name in names() if name != "mobilenet")][:number]:
        shutil.copy(load_spec(name).source.path, there)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    run = [*COMMAND, "mobilenet", "--alpha", "0.5", "--res", "160"]
    return lambda: subprocess.run(
        run, stdout=subprocess.DEVNULL, check=True, cwd=folder, env=environment
    )


def answers(name: str) -> None:
    """What an editor asks for after every key: diagnostics, hints and sums of a spec."""
    analysis = Analysis(load_spec(name).source)
    shown.diagnostics(analysis)
    shown.hints(analysis)
    list(shown.sums(analysis))


def side_by_side(number: int, layers: int) -> str:
    """A network of branches of one length and of many widths, whose order decides what is alive."""
    widths = [[1 + (7 * n + 5 * i) % 13 for i in range(layers)] for n in range(number)]
    branches = (", ".join(f"[conv, 1x1, {out}]" for out in branch) for branch in widths)
    rows = "".join(f"      - [{branch}]\n" for branch in branches)
    return (
        "input: [8, 8, 4]\nnetwork:\n- columns: [op, k, out]\n  rows:\n"
        f"  - concat:\n{rows}  - [conv, 1x1, 4]\n"
    )


def grids() -> Iterator[Row]:
    """Sweeps in one call, beside numpy by hand and beside one another."""
    alphas, sizes = np.arange(51, 1051) / 1000, np.arange(32, 1032)
    whole = sweep("mobilenet", alpha=alphas, res=sizes)
    yield Row("1000 x 1000 MobileNets, three metrics", "numpy by hand", 0.2, whole,
              lambda: by_hand.grid(alphas, sizes))  # fmt: skip
    wide, tall = np.arange(11, 3011) / 1000, np.arange(32, 3032)
    vector = sweep("mobilenet", metrics=["params"], alpha=wide, res=tall)
    filled = np.arange(3000)
    yield Row("params of 3000 x 3000, which one axis decides", "a broadcast of them", 2, vector,
              lambda: np.broadcast_to(filled[:, None], (3000, 3000)).copy())  # fmt: skip
    random = np.random.default_rng(0)
    widths, heights = random.uniform(0.05, 1, size=MILLION), random.integers(32, 1032, size=MILLION)
    yield Row("a million random (alpha, res), all different", "numpy by hand", 1.2,
              lambda: costcalc.points("mobilenet", alpha=widths, res=heights),
              lambda: by_hand.flat(widths, heights), 3)  # fmt: skip
    growths = range(1, 201)
    yield Row("`densenet_cifar`, 131 depths x 200 growths", "the deepest alone", 2.0,
              sweep("densenet_cifar", metrics=METRICS, growth=growths, depth=range(10, 401, 3)),
              sweep("densenet_cifar", metrics=METRICS, growth=growths, depth=[400]))  # fmt: skip
    squares = {"alpha": alphas, "res": sizes}
    yield Row("1000 x 1000 MobileNetV2s, with `peak_memory`", "without", 3,
              sweep("mobilenet_v2", metrics=[*METRICS, "peak_memory"], **squares),
              sweep("mobilenet_v2", metrics=METRICS, **squares), 3)  # fmt: skip
    depths = {"depth": range(20, 302, 6), "res": range(24, 64)}
    for more, goal in ((["peak_memory"], 2.0), ([], 2.0)):
        named = f"`{more[0]}`" if more else "thop's count"
        convention = {} if more else {"convention": "thop"}
        yield Row(f"`resnet_cifar`, 47 depths x 40 sizes, with {named}", "without", goal,
                  sweep("resnet_cifar", metrics=[*METRICS, *more], **convention, **depths),
                  sweep("resnet_cifar", metrics=METRICS, **depths), 3)  # fmt: skip


def files() -> Iterator[Row]:
    """A million rows, written here and by pyarrow."""
    import pyarrow
    import pyarrow.csv
    import pyarrow.parquet

    axes = {"alpha": "0.25:1:0.001", "res": range(32, 1364)}
    job = Job([library_space(load_spec("mobilenet"), axes)], Query(METRICS[:3]))
    blocks = list(Sweep(job, job.everything()))
    columns = fields(job.spaces, METRICS[:3])
    tables = [
        pyarrow.table({k: v.tolist() if v.dtype == object else v for k, v in block.items()})
        for block in blocks
    ]

    def by_arrow(writer: Any) -> Callable[[], Any]:
        def write() -> None:
            with writer(io.BytesIO(), tables[0].schema) as out:
                for table in tables:
                    out.write_table(table)

        return write

    def without_arrow(ending: str) -> None:
        with mock.patch.object(lines, "_arrow", return_value=None):
            writers.write(io.BytesIO(), ending, columns, blocks)

    csv = by_arrow(pyarrow.csv.CSVWriter)
    for ending, writer in ((".csv", csv), (".jsonl", csv),
                           (".parquet", by_arrow(pyarrow.parquet.ParquetWriter))):  # fmt: skip
        beside = "pyarrow" if ending != ".jsonl" else "CSV of pyarrow, which writes no JSON"
        yield Row(f"a million rows as {ending[1:]}", beside, 2,
                  lambda e=ending: writers.write(io.BytesIO(), e, columns, blocks),
                  writer, 3)  # fmt: skip
        if writer is csv:
            yield Row(f"a million rows as {ending[1:]}, no pyarrow here", beside, 6,
                      lambda e=ending: without_arrow(e), writer, 3)  # fmt: skip


VIEWS = {
    "plain": ["{}"],
    "`--expand`": ["{}", "--expand"],
    "that as csv": ["{}", "--expand", "--format", "csv"],
    "as Markdown": ["{}", "--expand", "--format", "md"],
    "`--format json`": ["{}", "--format", "json"],
    "`explain`": ["explain", "{}"],
}
"""Views of a file whose memory is told."""


def peak_bytes(*arguments: str) -> int:
    """The most memory that `costcalc ARGUMENTS` takes."""
    done = subprocess.run(
        [*PEAK, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True
    )
    return int(done.stderr.split()[-1]) * 1024


def memory(folder: Path) -> str:
    """Bytes a layer of each view, beyond what a small network takes."""
    deep, layers = folder / "deep.yaml", 100_000
    deep.write_text(chain(layers))
    small = peak_bytes("mobilenet")
    taken = {
        view: peak_bytes(*(word.format(deep) for word in words)) - small
        for view, words in VIEWS.items()
    }
    told = ", ".join(f"{view} {bytes_ / layers:,.0f}" for view, bytes_ in taken.items())
    return f"Bytes of memory a layer, of 100,000 layers (goal 2,048): {told}."


def two_processes() -> str:
    """The one row of wall time: what a second process brings, 10^9 configurations filtered."""
    where = ["--where", "mult_adds <= 20M and params > 1M", "--sort", "-mult_adds", "--top", "20"]
    taken = []
    for workers in ("1", "2"):
        start = time.perf_counter()
        command("sweep", "mobilenet", "--alpha", "0.01:1:0.00001", "--res", "32:10131", *where,
                "--workers", workers)()  # fmt: skip
        taken.append(time.perf_counter() - start)
    one, two = taken
    return (
        f"10^9 configurations filtered: {99_001 * 10_100 / one / MILLION:.0f} million a second in"
        f" one process, {one / two:.2f} times as many in two (goal 1.85; elapsed time,"
        f" {os.getloadavg()[0]:.1f} other processes at work)."
    )


SLOWEST = 5
"""So many networks are shown."""
SIDES = (20, 320)
"""The sides of the grids: what it costs to build a network is most of the first, little of the
second."""


def points_of(name: str, side: int) -> dict[str, Any]:
    """A grid of side x side configurations: the resolution, and one number beside it.

    That is a decimal if there is one, such as a width; else any that changes no structure.
    """
    parameters = load_spec(name).hyperparameters
    free = [p for p in parameters.values() if not p.choices and p.length is None]
    decimals = [p for p in free if p.kind == "decimal" and "pct" not in p.name]
    size = next(p for p in free if p.kind == "integer" and p.name in ("res", "rows"))
    other = (decimals or [parameters["classes"]])[0]
    low, high = other.min or 0, other.max or 2 * other.default
    return {
        size.name: range(size.default, size.default + side),
        other.name: [low + (high - low) * i / side for i in range(1, side + 1)]
        if other.kind == "decimal"
        else range(low or 1, (low or 1) + side),
    }


def every_network(side: int) -> list[tuple[float, str, str]]:
    """Every network and metric: how often as long a grid takes as MobileNet's sums."""
    metrics: list[tuple[str, dict[str, Any]]] = [
        ("sums", {"metrics": METRICS}),
        ("peak_memory", {"metrics": ["peak_memory"]}),
        ("thop", {"metrics": ["cost"], "convention": "thop"}),
        ("time", {"metrics": ["time"], "device": "pixel_1"}),
    ]

    def of(name: str, options: dict[str, Any]) -> float:
        run = sweep(name, **options, **points_of(name, side))
        run()  # once, for what only the first time costs
        return statistics.median(cpu_seconds(run) for _ in range(3))

    usual = statistics.median(of("mobilenet", {"metrics": METRICS}) for _ in range(5))
    found = []
    for name, (metric, options) in itertools.product(names(), metrics):
        try:
            found.append((of(name, options) / usual, name, metric))
        except CostcalcError as error:
            print(f"{name}, {metric}: {str(error).splitlines()[0]}", file=sys.stderr)
    return sorted(found, reverse=True)


def machine() -> str:
    """What kind of machine this is."""
    model = "an unknown processor"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def renew(page: str, name: str, text: str) -> str:
    """A page whose part of a name says something else."""
    before, begin, rest = page.partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    return f"{before}{begin}\n{text}\n{end}{after}"


def main() -> None:
    """Print the tables, and with `--write` put them on the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="renew docs/performance.md")
    parser.add_argument("--only", default="", help="the rows that have this word")
    options = parser.parse_args()
    lines = ["| question | beside | takes | goal |", "| --- | --- | --- | --- |"]
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # our modules are compiled as others are
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        for row in itertools.chain(processes(Path(folder)), grids(), files()):
            if options.only in row.question:
                line = f"| {row.question} | {row.beside} | {ratio(row):.2f}x | {row.goal}x |"
                print(line, flush=True)
                lines.append(line)
    if options.only:
        return
    with tempfile.TemporaryDirectory() as folder:
        a_layer = memory(Path(folder))
    print(a_layer)
    slowest = ["| configurations | network | what of it | MobileNet's sums |"]
    slowest.append("| --- | --- | --- | --- |")
    for side in SIDES:
        for times, name, metric in every_network(side)[:SLOWEST]:
            slowest.append(f"| {side**2:,} | `{name}` | {metric} | {times:.1f}x |")
    print("\n".join(slowest))
    rate = two_processes()
    print(rate)
    if options.write:
        page = PAGE.read_text()
        on = f"Measured on {date.today()}: {machine()}.\n\n"
        page = renew(page, "measured", on + "\n".join(lines) + "\n")
        page = renew(page, "memory", a_layer + "\n")
        page = renew(page, "slowest", "\n".join(slowest) + "\n")
        PAGE.write_text(renew(page, "rate", rate + "\n"))


if __name__ == "__main__":
    main()
