"""`costcalc calibrate`: measured times become a device."""

from __future__ import annotations

import os
import shlex

import click

from costcalc.cli.command import Command
from costcalc.cli.messages import say
from costcalc.cli.numbers import WholeNumberType
from costcalc.cli.output import format_option, write
from costcalc.safe_text import visible


def run(
    path: str,
    batch: int,
    where: str | None,
    name: str | None,
    source: str | None,
    runtime: str,
    dtype: str,
    layout: str,
    output: str | None,
    plot_file: str | None,
    expand: bool,
    format_: str,
) -> None:
    """Fit, write the device where one is asked for, and say how good it is."""
    from costcalc.files import target, whole
    from costcalc.hardware.timing_file import timing_text
    from costcalc.report.calibration import calibration_result
    from costcalc.tables.measurements import read_measurements

    if output is not None:
        target(output)
    if plot_file is not None:
        from costcalc.report.plots.file import check

        check(plot_file)
    measured = read_measurements(path, batch, where)
    found = measured.calibrate()
    if output is not None:
        key = os.path.splitext(os.path.basename(output))[0]
        timing = found.timing(
            source or f"measured: {os.path.basename(path)}", runtime, dtype, layout
        )
        with whole(output) as file:
            file.write(timing_text(name or key, timing).encode())
        say(
            f"a device, for costcalc time --device {shlex.quote(visible(output))}",
            f"costcalc: {output}",
        )
    if plot_file is not None:
        from costcalc.report.plots.predictions import draw

        draw(plot_file, found, name or os.path.basename(path))
    write(format_, calibration_result(found, path, measured.unknown, expand))


command = Command(
    "calibrate",
    callback=run,
    params=[
        click.Argument(["path"], metavar="CSV"),
        click.Option(["output", "-o", "--output"], metavar="FILE",
                     help="write the device to this YAML file"),
        click.Option(["--batch"], type=WholeNumberType(1), default=1, show_default=True,
                     metavar="N", help="examples a run, where no column batch says it"),
        click.Option(["--where"], metavar="EXPRESSION",
                     help="the rows to take: \"device == 'Pixel 1'\""),
        click.Option(["--name"], metavar="TEXT", help="the device's name (default: the file's)"),
        click.Option(["--source"], metavar="TEXT", help="who measured, and where it is published"),
        click.Option(["--runtime"], default="", metavar="TEXT",
                     help="what ran the networks: PyTorch 2.4, TFLite"),
        click.Option(["--dtype"], default="fp32", show_default=True, metavar="TEXT",
                     help="the type they were run in"),
        click.Option(["--layout"], default="", metavar="TEXT", help="nchw or nhwc"),
        click.Option(["plot_file", "--plot-file"], metavar="FILE",
                     help="draw predicted against measured to a .svg, .png or .html file"),
        click.Option(["--expand"], is_flag=True, help="show every network, not the worst alone"),
        format_option(),
    ],
    help="Fit a device's coefficients to measured times, and say how far predictions are off.\n\n"
    "CSV has a line a network: a column network (resnet, or resnet:depth=18), a column for each"
    " hyperparameter, milliseconds, and where they differ batch and family. The tables of timm's"
    " benchmark are read as they are.\n\n"
    "Every network is predicted from the other families alone; where there is one family, from its"
    " other networks.",
    short_help="measured times become a device",
)  # fmt: skip
