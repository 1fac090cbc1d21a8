"""What `storage` shows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import Ledger
from costcalc.memory.storage import Stored
from costcalc.network import Network
from costcalc.report.document import Column, Document, Sheet, rounded, share
from costcalc.report.objects import SCHEMA_VERSION, summary_object
from costcalc.report.views import about, claims_sheet, header

SIZES = {"MB": 10**6, "MiB": 2**20}
"""Both megabytes, always side by side."""


def sizes(number: int) -> str:
    """Bytes in full and in both megabytes."""
    megabytes = " = ".join(f"{rounded(Fraction(number, n), 2)} {u}" for u, n in SIZES.items())
    return f"{number:,} bytes = {megabytes}"


def storage_document(
    network: Network, stored: Sequence[Stored], bits: int | None, published: Ledger
) -> Document:
    """One line a row of the table, the total in bytes, MB and MiB, what is not in it."""
    *rows, total = stored
    columns = [
        Column("name", "name"),
        Column("type", "type"),
        Column("params", "params", "count"),
        Column("kept", "kept", "count"),
        Column("%", "kept_share", "percent", "dim"),
        Column("bits each", "bits_each"),
        Column("bits", "bits", "count"),
        Column("kB", "kilobytes", "fixed"),
    ]
    sheet = Sheet(
        columns,
        [_row(row) for row in rows],
        totals=_row(total),
        notes=[
            f"stored: {sizes(total.bytes)}",
            f"the same params unpruned in 32 bits: {sizes(4 * total.params)}",
        ],
    )
    if total.kept < total.params:
        sheet.notes.append(
            f"a lower bound: {total.kept:,} of {total.params:,} params are kept, but which ones,"
            " the codebooks of their values and any coding take space that nothing here determines"
        )
    said = "the spec's own, 32 where it gives none" if bits is None else f"{bits} for every param"
    return Document(
        [
            *header(network)[:-2],
            f"params = {' + '.join(network.spec.counts)} · bits {said}"
            " · kB = 10^3 bytes, MB = 10^6, MiB = 2^20",
        ],
        [sheet, *([claims_sheet(published, "published sizes")] if published else [])],
        about(network),
    )


def _row(stored: Stored) -> list[Any]:
    return [
        stored.name,
        stored.type,
        stored.params,
        stored.kept,
        share(stored.kept, stored.params),
        ", ".join(map(str, stored.widths)),
        stored.bits,
        Fraction(stored.bits, 8000),
    ]


def storage_object(network: Network, stored: Sequence[Stored]) -> dict[str, Any]:
    """Sizes as data; bytes are rounded up to whole ones."""
    *rows, total = (
        {
            "name": s.name,
            "type": s.type,
            "params": s.params,
            "kept": s.kept,
            "bits_each": list(s.widths),
            "bits": s.bits,
            "bytes": s.bytes,
        }
        for s in stored
    )
    return {
        "schema_version": SCHEMA_VERSION,
        **summary_object(network),
        "storage": {key: total[key] for key in ("params", "kept", "bits_each", "bits", "bytes")},
        "mb": stored[-1].bytes / SIZES["MB"],
        "mib": stored[-1].bytes / SIZES["MiB"],
        "lower_bound": stored[-1].kept < stored[-1].params,
        "rows": rows,
    }
