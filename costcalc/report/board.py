"""What `board` shows: whether networks fit boards, by how much, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from costcalc.hardware.boards import Board
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Value
from costcalc.language.settings import plain
from costcalc.report.document import Column, For, share
from costcalc.report.network import reference
from costcalc.report.result import Fact, Result, Table, only
from costcalc.search.board import OnBoard


def board_result(found: Sequence[OnBoard]) -> Result:
    """A line a network and board; of one alone also what each part needs."""
    boards = {id(one.board): one.board for one in found}.values()
    rows = [_row(one) for one in found]
    tables = [_verdicts(rows, found)]
    if len(found) == 1:
        tables.append(_parts(found[0]))
    return Result(
        [
            "Boards",
            f"batch 1 · {found[0].network.execution.dtype} · weights with norms folded, biases as"
            " wide as they are added up",
            *(line for board in boards for line in _board(board)),
        ],
        tables,
        [
            Fact("dtype", found[0].network.execution.dtype),
            Fact("boards", [_board_object(board) for board in boards], For.JSON),
        ],
    )


def _board(board: Board) -> list[str]:
    regions = " + ".join(f"{region.name} {region.text}" for region in board.regions)
    return [f"{board.name}: flash {board.flash.text} · RAM {regions}", f"  {board.source}"]


def _verdicts(rows: Sequence[dict[str, Any]], found: Sequence[OnBoard]) -> Table:
    columns = [
        Column("network", "network"),
        *only(For.JSON, "model", "hyperparameters"),
        Column("board", "board"),
        Column("verdict", "verdict"),
        Column("flash", "flash_used", "percent", seen=For.PEOPLE),
        Column("RAM", "ram_used", "percent", seen=For.PEOPLE),
        Column("largest", "largest", seen=For.TABLES),
        *only(
            For.DATA,
            "flash_least",
            "flash_most",
            "flash_bytes",
            "ram_least",
            "ram_most",
            "ram_bytes",
            "piece_least",
            "piece_most",
            "largest_region_bytes",
            "arena_bytes",
            "lower_bound_bytes",
        ),
        *only(For.DATA, "peak_layer"),
        Column("", "reasons", "list", seen=For.DATA),
        *only(For.JSON, "largest_that_fits", "parts"),
    ]
    several = len(found) > 1
    notes = ["used at most; the largest width that fits for sure"]
    for row in rows:
        label = f"{row['network']} on {row['board']}: " if several else ""
        notes += [f"{label}{reason}" for reason in row["reasons"] or [_margin(row)]]
    return Table(columns, rows, "rows", notes=notes)


def _margin(row: dict[str, Any]) -> str:
    """By how much it fits."""
    flash, ram = (row[f"{memory}_bytes"] - row[f"{memory}_most"] for memory in ("flash", "ram"))
    return (
        f"fits, with {flash:,} bytes of flash and {ram:,} of RAM to spare; the peak is set by"
        f" {row['peak_layer']}"
    )


def _row(one: OnBoard) -> dict[str, Any]:
    flash, ram, piece = one.need("flash"), one.need("ram"), one.piece
    largest = one.largest
    return {
        "network": reference(one.network),
        "model": one.network.name,
        "hyperparameters": {k: plain(v) for k, v in one.network.hyperparameters.items()},
        "board": one.board.key,
        "verdict": one.verdict,
        "flash_least": flash[0],
        "flash_most": flash[1],
        "flash_bytes": one.board.flash.bytes,
        "ram_least": ram[0],
        "ram_most": ram[1],
        "ram_bytes": one.board.ram,
        "piece_least": piece[0],
        "piece_most": piece[1],
        "largest_region_bytes": one.board.largest.bytes,
        "flash_used": share(flash[1], one.board.flash.bytes),
        "ram_used": share(ram[1], one.board.ram),
        "arena_bytes": one.arena.bytes,
        "lower_bound_bytes": one.arena.lower_bound,
        "peak_layer": one.arena.step,
        "largest": _largest(largest),
        "largest_that_fits": None
        if largest is None
        else {"name": largest[0], "value": None if largest[1] is None else plain(largest[1])},
        "reasons": one.reasons,
        "parts": [part._asdict() for part in one.parts],
    }


def _largest(found: tuple[str, Value | None] | None) -> str:
    """`alpha 0.35`, or that no width does."""
    if found is None:
        return ""
    name, value = found
    return f"no {name}" if value is None else f"{name} {show_value(value)}"


def _parts(one: OnBoard) -> Table:
    """What is needed, part by part, with what is left at the least and at the most."""
    columns = [
        Column("memory", "memory", once=True),
        Column("part", "name"),
        Column("least", "least", "count"),
        Column("most", "most", "count"),
    ]
    rows = []
    for memory, there in (("flash", one.board.flash.bytes), ("ram", one.board.ram)):
        rows += [part._asdict() for part in one.parts if part.memory == memory]
        least, most = one.need(memory)
        rows.append(
            {"memory": memory, "name": "in all", "least": least, "most": most, "source": ""}
        )
        rows.append(
            {"memory": memory, "name": "left", "least": there - least, "most": there - most}
        )
    notes = [f"{part.memory}, {part.name}: {part.source}" for part in one.parts if part.source]
    return Table(columns, rows, title="what is needed, in bytes", notes=notes, seen=For.PEOPLE)


def _board_object(board: Board) -> dict[str, Any]:
    return {
        "board": board.key,
        "name": board.name,
        "source": board.source,
        "flash_bytes": board.flash.bytes,
        "regions": [region._asdict() for region in board.regions],
        "runtime": {name: of._asdict() for name, of in board.runtime.items()},
    }
