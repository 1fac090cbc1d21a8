"""What `calibrate` shows: how far predictions are off, what time is made of, what stands out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from costcalc.hardware.calibration import Calibration, Fitted
from costcalc.hardware.timing import Error
from costcalc.report.document import Column, For
from costcalc.report.result import Fact, Result, Table, only
from costcalc.report.time import batches_text, percent

WORST = 10
"""So many predictions are shown, the worst first, where not all are asked for."""


def calibration_result(
    found: Calibration, path: str, unknown: Sequence[str], expand: bool = False
) -> Result:
    """Errors, sums, and the worst predictions, or all of them; data has all."""
    networks, families = len(found.measurements), len(found.families)
    header = [
        f"Calibration: {os.path.basename(path)}",
        f"{networks} networks of {families} famil{'ies' if families > 1 else 'y'} ·"
        f" {batches_text(found.batches)}",
    ]
    if unknown:
        header.append(f"{len(unknown)} rows left out: no spec is known for their models")
    return Result(
        header,
        [_errors(found), _sums(found), _worst(found, expand), _predictions(found)],
        [
            Fact("networks", networks, For.JSON),
            Fact("families", families, For.JSON),
            Fact("left_out", found.left_out, For.JSON),
            Fact("batch", found.batches._asdict(), For.JSON),
            Fact("error", found.error._asdict(), For.JSON),
            Fact("mult_adds_alone", found.mult_adds_alone._asdict(), For.JSON),
            Fact("rank_correlation", found.rank_correlation, For.JSON),
            Fact("sums", [_sum_object(one) for one in found.sums], For.JSON),
            Fact("outliers", [one._asdict() for one in found.outliers()], For.JSON),
            Fact("unknown", [*unknown], For.JSON),
        ],
    )


def _errors(found: Calibration) -> Table:
    """The sums' error beside that of Mult-Adds alone."""

    def row(what: str, error: Error, rank: str = "") -> dict[str, Any]:
        shares = {key: percent(value) for key, value in error._asdict().items()}
        return {"by": what, **shares, "rank": rank}

    others = "families" if found.left_out == "family" else "networks"
    rank = f"{found.rank_correlation:.3f}"
    columns = [
        Column("predicted by", "by"),
        Column("mean", "mean", "number"),
        Column("median", "median", "number"),
        Column("worst", "worst", "number"),
        Column("rank correlation", "rank", "number"),
    ]
    rows = [row("these sums", found.error, rank), row("Mult-Adds alone", found.mult_adds_alone)]
    title = f"error of every network as predicted from the other {others}"
    return Table(columns, rows, title=title, seen=For.PEOPLE)


def _sums(found: Calibration) -> Table:
    """What time is made of, and what each sum is worth."""
    columns = [
        Column("sum", "sum"),
        Column("", "kept"),
        Column("ms for one", "coefficient", "number"),
        Column("of the time", "share", "number"),
        Column("error without", "without", "number"),
    ]
    rows = [
        {
            "sum": one.sum.name.replace("_", " "),
            "kept": "kept" if one.kept else "adds nothing",
            "coefficient": f"{one.coefficient.milliseconds:.3g}" if one.kept else "",
            "share": percent(one.share),
            "without": percent(one.without),
        }
        for one in found.sums
    ]
    return Table(columns, rows, title="what the time is made of", seen=For.PEOPLE)


def _worst(found: Calibration, expand: bool) -> Table:
    """The predictions that people see, and a guess at those that stand out."""
    rows = _rows(found)
    shown = rows if expand else sorted(rows, key=lambda row: -abs(row["error"]))[:WORST]
    columns = [
        Column("network", "network"),
        Column("measured ms", "measured", "number"),
        Column("predicted ms", "predicted", "number"),
        Column("off by", "off", "number"),
    ]
    written = [
        {
            "network": row["network"],
            "measured": f"{row['measured_ms']:.4g}",
            "predicted": f"{row['predicted_ms']:.4g}",
            "off": f"{row['error'] * 100:+.0f} %",
        }
        for row in shown
    ]
    notes = [f"{one.network}: {one.why}" for one in found.outliers()]
    title = "predictions" if expand else "the predictions that are furthest off"
    return Table(columns, written, title=title, notes=notes, seen=For.PEOPLE)


def _predictions(found: Calibration) -> Table:
    keys = ("network", "family", "batch", "measured_ms", "predicted_ms", "mult_adds_alone_ms")
    return Table(only(For.DATA, *keys), _rows(found), "predictions", seen=For.DATA)


def _rows(found: Calibration) -> list[dict[str, Any]]:
    return [
        {
            "network": one.network,
            "family": one.family,
            "batch": one.batch,
            "measured_ms": one.milliseconds,
            "predicted_ms": predicted,
            "mult_adds_alone_ms": alone,
            "error": predicted / one.milliseconds - 1,
        }
        for one, predicted, alone in zip(
            found.measurements, found.predicted, found.alone, strict=True
        )
    ]


def _sum_object(one: Fitted) -> dict[str, Any]:
    return {
        "name": one.sum.name,
        "coefficient": one.coefficient.milliseconds,
        "per": one.sum.per,
        "unit": one.sum.unit,
        "reason": one.sum.reason,
        "least": one.coefficient.least,
        "most": one.coefficient.most,
        "share": one.share,
        "error_without": one.without,
        "kept": one.kept,
    }
