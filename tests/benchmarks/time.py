"""How near predicted times come to measured ones: `python -m tests.benchmarks.time`.

Every table of `tests/facts/latency` is calibrated, each network predicted from the other families
(of one family, from its other networks), beside the goals. `--write` renews the devices that ship
and the table of docs/time.md; `--picture` draws docs/time.svg.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

from costcalc.hardware.calibration import Calibration, calibrate
from costcalc.hardware.devices import load_device
from costcalc.hardware.timing_file import part_text
from costcalc.report.plots.file import finished, save
from costcalc.report.plots.predictions import panel
from costcalc.tables.measurements import read_measurements

ROOT = Path(__file__).parents[2]
FACTS = ROOT / "tests" / "facts" / "latency"
PAGE = ROOT / "docs" / "time.md"
DEVICES = ROOT / "costcalc" / "hardware" / "devices"
TIMM = "timm (Apache-2.0), github.com/huggingface/pytorch-image-models, results/"
SLIM = "tensorflow/models, research/slim/nets/mobilenet/README.md"
RTX = "benchmark-infer-amp-nhwc-pt240-cu124-rtx3090.csv"
I9 = "benchmark-infer-fp32-nchw-pt240-cpu-i9_10940x-dynamo.csv"
I7 = "benchmark-infer-fp32-nchw-pt240-cpu-i7_12700h-dynamo.csv"
RTX_4090 = "benchmark-infer-amp-nchw-pt240-cu124-rtx4090-dynamo.csv"
FIRST = "; the faster half of its rows, of models that may be specs"
PHONES = "pixel_phones.csv"
V3 = f"{SLIM}, Mobilenet V3 Imagenet Checkpoints; one large core"


class Measured(NamedTuple):
    """A table, the rows of it that are one device's, and how they were measured."""

    file: str
    where: str | None
    source: str
    runtime: str
    dtype: str
    layout: str


TABLES = {
    "rtx_3090": Measured(RTX, None, TIMM + RTX, "PyTorch 2.4.0, CUDA 12.4", "amp", "nhwc"),
    "i9_10940x": Measured(I9, None, TIMM + I9, "PyTorch 2.4.0, compiled (dynamo)", "fp32", "nchw"),
    "rtx_4090": Measured(
        RTX_4090, None, TIMM + RTX_4090 + FIRST,
        "PyTorch 2.4.0, CUDA 12.4, compiled (dynamo)", "amp", "nchw",
    ),
    "i7_12700h": Measured(
        I7, None, TIMM + I7 + FIRST, "PyTorch 2.4.0, compiled (dynamo)", "fp32", "nchw"
    ),
    "pixel_1": Measured(
        PHONES, "device == 'Pixel 1 (Mobile CPU)'",
        f"{SLIM}, Mobilenet V2 Imagenet Checkpoints", "TFLite", "fp32", "nhwc",
    ),
    "pixel_2": Measured(
        PHONES, "device == 'Pixel 2' and dtype == 'fp32'", V3, "TFLite", "fp32", "nhwc"
    ),
    "pixel_3": Measured(
        PHONES, "device == 'Pixel 3' and dtype == 'fp32'", V3, "TFLite", "fp32", "nhwc"
    ),
}  # fmt: skip
GOALS = {"rtx_3090": (0.12, 0.97), "i9_10940x": (0.18, 0.97), "pixel_1": (0.05, 0.97)}
"""The mean error and the rank correlation to reach."""


def calibrated(device: str) -> Calibration:
    """The calibration of a device's table."""
    table = TABLES[device]
    return calibrate(read_measurements(str(FACTS / table.file), where=table.where).measurements)


def write(device: str, found: Calibration) -> None:
    """Renew what a device's file says of time, and leave the rest."""
    path = DEVICES / f"{device}.yaml"
    before = path.read_text().partition("time:\n")[0]
    _, _, source, runtime, dtype, layout = TABLES[device]
    path.write_text(before + part_text(found.timing(source, runtime, dtype, layout)))


def page_table(rows: dict[str, Calibration]) -> str:
    """The table of docs/time.md."""
    lines = [
        "| device | networks | families | off on average | at worst | rank correlation"
        " | Mult-Adds alone |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{device}` | {len(found.measurements)} | {len(found.families)}"
        f" | {100 * found.error.mean:.1f} % | {100 * found.error.worst:.0f} %"
        f" | {found.rank_correlation:.3f} | {100 * found.mult_adds_alone.mean:.0f} % |"
        for device, found in rows.items()
    ]
    return "\n".join(lines) + "\n"


def write_page(rows: dict[str, Calibration]) -> None:
    """Renew the table of docs/time.md."""
    before, begin, rest = PAGE.read_text().partition("<!-- measured -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    PAGE.write_text(f"{before}{begin}\n{page_table(rows)}\n{end}{after}")


def main() -> None:
    """Print the table of the goals."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="renew the devices that ship")
    parser.add_argument("--picture", action="store_true", help="draw docs/time.svg")
    options = parser.parse_args()
    panels = []
    rows = {}
    head = "device     networks  families    mean  median   worst    rank  Mult-Adds alone  goal"
    print(head)
    for device in TABLES:
        found = rows[device] = calibrated(device)
        if options.write:
            write(device, found)
        mean, median, worst = (f"{100 * share:5.1f} %" for share in found.error)
        if options.picture and device in GOALS:
            panels.append(panel(found, load_device(device).name))
        goal = ""
        if device in GOALS:
            most, rank = GOALS[device]
            met = found.error.mean <= most and found.rank_correlation >= rank
            goal = f"<= {100 * most:.0f} %, rank >= {rank}: {'met' if met else 'MISSED'}"
        print(
            f"{device:<10} {len(found.measurements):8}  {len(found.families):8}  {mean} {median}"
            f" {worst}  {found.rank_correlation:.3f}  {100 * found.mult_adds_alone.mean:13.1f} %"
            f"  {goal}"
        )
    if options.write:
        write_page(rows)
    if options.picture:
        import altair

        save(str(ROOT / "docs" / "time.svg"), finished(altair.hconcat(*panels)))


if __name__ == "__main__":
    main()
