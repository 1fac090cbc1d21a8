"""What `storage` shows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import Ledger
from costcalc.memory.storage import Stored
from costcalc.network import Network
from costcalc.report.claims import published_table
from costcalc.report.document import Column, For, rounded, share
from costcalc.report.network import header, network_facts
from costcalc.report.result import Fact, Result, Table, only

SIZES = {"MB": 10**6, "MiB": 2**20}
"""Both megabytes, always side by side."""


def sizes(number: int) -> str:
    """Bytes in full and in both megabytes."""
    megabytes = " = ".join(f"{rounded(Fraction(number, n), 2)} {u}" for u, n in SIZES.items())
    return f"{number:,} bytes = {megabytes}"


def storage_result(
    network: Network, stored: Sequence[Stored], bits: int | None, published: Ledger
) -> Result:
    """One line a row of the table, the total in bytes, MB and MiB, what is not in it.

    `stored` has the total as its last.
    """
    *rows, total = stored
    in_total = _row(total)
    keys = ("params", "kept", "bits_each", "bits", "bytes")
    partly = total.kept < total.params
    notes = [
        f"stored: {sizes(total.bytes)}",
        f"the same params unpruned in 32 bits: {sizes(4 * total.params)}",
    ]
    if partly:
        notes.append(
            f"a lower bound: {total.kept:,} of {total.params:,} params are kept, but which ones,"
            " the codebooks of their values and any coding take space that nothing here determines"
        )
    said = "the spec's own, 32 where it gives none" if bits is None else f"{bits} for every param"
    columns = [
        Column("name", "name"),
        Column("type", "type"),
        Column("params", "params", "count"),
        Column("kept", "kept", "count"),
        Column("%", "kept_share", "percent", "dim", seen=For.TABLES),
        Column("bits each", "bits_each", "list"),
        Column("bits", "bits", "count"),
        *only(For.JSON, "bytes"),
        Column("kB", "kilobytes", "fixed", seen=For.TABLES),
    ]
    return Result(
        [
            *header(network)[:-2],
            f"params = {' + '.join(network.spec.counts)} · bits {said}"
            " · kB = 10^3 bytes, MB = 10^6, MiB = 2^20",
        ],
        [
            Table(columns, map(_row, rows), "rows", total=in_total, notes=notes),
            *published_table(published, "published sizes"),
        ],
        [
            *network_facts(network),
            Fact("storage", {key: in_total[key] for key in keys}, For.JSON),
            Fact("mb", Fraction(total.bytes, SIZES["MB"]), For.JSON),
            Fact("mib", Fraction(total.bytes, SIZES["MiB"]), For.JSON),
            Fact("lower_bound", partly, For.JSON),
        ],
    )


def _row(stored: Stored) -> dict[str, Any]:
    return {
        "name": stored.name,
        "type": stored.type,
        "params": stored.params,
        "kept": stored.kept,
        "kept_share": share(stored.kept, stored.params),
        "bits_each": list(stored.widths),
        "bits": stored.bits,
        "bytes": stored.bytes,
        "kilobytes": Fraction(stored.bits, 8000),
    }
