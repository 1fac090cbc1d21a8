"""`--plot` and `--plot-file`: the picture of a sweep's rows, seen as they pass."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

from costcalc.cli import color
from costcalc.cli.messages import nothing_more, say
from costcalc.errors import CostcalcError
from costcalc.language.spec import Spec
from costcalc.report.plots.scatter import Scatter, read_axes
from costcalc.sweeps.query import Columns, joined, length
from costcalc.sweeps.schema import Field

MOST = 5_000_000
"""Rows a picture is drawn of: they are held until all are there."""


class Drawing:
    """Two columns to draw against each other, to a file or to stdout; without axes nothing."""

    def __init__(
        self, axes: Sequence[str], path: str | None, specs: Sequence[Spec], varied: Sequence[str]
    ) -> None:
        self.axes, self.path, self.specs, self.varied = tuple(axes), path, specs, varied
        self.seen: list[Columns] = []

    @classmethod
    def read(
        cls,
        plot: str | None,
        path: str | None,
        format_: str,
        specs: Sequence[Spec],
        varied: Sequence[str],
        known: Sequence[str],
        extra_columns: Sequence[Field],
    ) -> Drawing:
        """What the options ask for; what cannot be drawn is said before anything is counted.

        `varied` are the hyperparameters with more than one value, `known` the columns beside
        them, `extra_columns` those of a file of configurations. Raises `CostcalcError`.
        """
        if plot is None:
            if path is not None:
                raise CostcalcError("--plot-file needs --plot X,Y: which columns to draw")
            return cls((), None, specs, varied)
        axes = read_axes(plot, specs, known, extra_columns)
        if path is not None:
            from costcalc.report.plots import file

            file.check(path)
        elif format_ != "table":
            raise CostcalcError(
                f"--plot draws in place of the table: --format {format_} goes with --plot-file"
            )
        else:
            from costcalc.report.plots import terminal

            terminal.check()
        return cls(axes, path, specs, varied)

    def watched(self, blocks: Iterable[Columns]) -> Iterator[Columns]:
        """The blocks as they are, the columns of the picture kept of each."""
        names = dict.fromkeys(["network", *self.varied, *self.axes])
        rows = 0
        for columns in blocks:
            rows += length(columns)
            if self.axes and rows > MOST:
                raise CostcalcError(
                    f"more than {MOST:,} points to draw\nnarrow them: --where, --pareto or --sample"
                )
            if self.axes:
                self.seen.append({name: columns[name] for name in names if name in columns})
            yield columns

    def draw(self, footer: str) -> None:
        """Draw what was seen; on stdout with the footer below."""
        if not self.axes:
            return
        import numpy as np

        columns = {"network": np.array([]), **joined(self.seen)}
        names = {spec.key: spec.name for spec in self.specs}
        scatter = Scatter(columns, self.axes[0], self.axes[1], self.varied, names)
        if self.path is not None:
            from costcalc.report.plots import file

            notes = file.draw(self.path, scatter) or [f"{len(columns['network']):,} points"]
            say("; ".join(notes), self.path)
            return
        from costcalc.report.plots import terminal

        width, height = terminal.size()
        colour = color.is_shown()
        nothing_more()
        click.echo(terminal.render(scatter, width, height, colour), nl=False, color=colour)
        if footer:
            click.echo(footer)
