"""What `memory --patches` shows: the first stage of a network, patch by patch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.language.quantities import DEFINITIONS
from costcalc.memory.patches import MOST, Patched
from costcalc.memory.peak import Peak
from costcalc.network import Network
from costcalc.report.document import Column, For, share
from costcalc.report.memory import memory_result
from costcalc.report.network import header
from costcalc.report.result import Fact, Result, Table, only


def patches_result(
    network: Network, peak: Peak, chosen: Patched, every: Sequence[Patched]
) -> Result:
    """What the chosen number of patches takes, and a line for each number of them."""
    whole = memory_result(network, peak, top=1)
    rows = [_row(one, peak) for one in every]
    best = min(every, key=lambda one: (one.peak, one.mult_adds))
    own = _row(chosen, peak)
    return Result(
        [*header(network)[:-1], *_words(own, _row(best, peak), peak)],
        [
            _table(rows),
            Table(whole.tables[0].columns, whole.tables[0].rows, "steps", seen=For.JSON),
        ],
        [
            *whole.facts,
            Fact("patches", _object(own), For.JSON),
            Fact("best_patches", _object(_row(best, peak)), For.JSON),
        ],
    )


def _words(own: dict[str, Any], best: dict[str, Any], peak: Peak) -> list[str]:
    along, until = own["patches"], own["until"]
    return [
        f"definition {peak.definition}: {DEFINITIONS[peak.definition]}",
        f"whole, the peak is {peak.peak_bytes:,} bytes at {peak.step}",
        f"in {along} x {along} patches to {until} it is {own['peak_bytes']:,}:"
        f" {own['stage_bytes']:,} in the stage, of which {own['held_bytes']:,} are its output,"
        f" {own['rest_bytes']:,} after it",
        f"recomputed: {own['recomputed_mult_adds']:,} Mult-Adds of the halo between patches",
        f"the smallest peak up to {MOST} x {MOST}: {best['peak_bytes']:,} bytes with"
        f" {best['patches']} x {best['patches']}",
    ]


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    columns = [
        Column("patches", "patches", "count"),
        Column("peak, bytes", "peak_bytes", "count"),
        Column("stage to", "until"),
        Column("in the stage", "stage_bytes", "count"),
        Column("after it", "rest_bytes", "count"),
        Column("recomputed", "recomputed", "signed percent", seen=For.TABLES),
        *only(For.DATA, "steps", "held_bytes", "mult_adds", "recomputed_mult_adds"),
    ]
    notes = [
        "patches along each axis; the stage is the one with the smallest peak",
        "the input counts a patch at a time: where all of it lies in memory it comes on top",
    ]
    return Table(columns, rows, "every_count", "by number of patches", notes=notes)


def _row(one: Patched, peak: Peak) -> dict[str, Any]:
    size = peak.execution.activation_bytes * peak.execution.batch
    return {
        "patches": one.along,
        "peak_bytes": size * one.peak,
        "stage_bytes": size * one.stage,
        "rest_bytes": size * one.rest,
        "held_bytes": size * one.held,
        "until": one.until,
        "steps": one.steps,
        "mult_adds": one.mult_adds,
        "recomputed_mult_adds": one.recomputed,
        "recomputed": share(one.recomputed, one.once),
    }


def _object(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "recomputed"}
