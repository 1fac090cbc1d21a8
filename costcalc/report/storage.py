"""What `storage` shows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import Ledger
from costcalc.graph.execution import Execution
from costcalc.memory.storage import Stored
from costcalc.network import Network
from costcalc.records import NamedTuple
from costcalc.report.claims import published_table
from costcalc.report.document import Column, For, rounded, share
from costcalc.report.network import header, network_facts
from costcalc.report.result import Fact, Result, Table, only

SIZES = {"MB": 10**6, "MiB": 2**20}
"""Both megabytes, always side by side."""
SMALL_SIZES = {"kB": 10**3, "KiB": 2**10}
"""Both kilobytes, for what is less than a megabyte."""


class Widths(NamedTuple):
    """How wide params are, and whether normalisations are folded, as it was asked for."""

    bits: int | None = None
    types: Execution | None = None
    folded: bool = False

    @property
    def words(self) -> str:
        """Which params count, and how wide they are."""
        if self.types is not None:
            biases = "biases as wide as they are added up"
            return f"weights in {self.types.weights}, {biases} ({self.types.dtype})"
        own = "the spec's own, 32 where it gives none"
        return f"bits {own}" if self.bits is None else f"bits {self.bits} for every param"


def sizes(number: int) -> str:
    """Bytes in full and in both megabytes, or kilobytes where it is less."""
    units = SIZES if number >= SIZES["MB"] else SMALL_SIZES
    both = " = ".join(f"{rounded(Fraction(number, n), 2)} {u}" for u, n in units.items())
    return f"{number:,} bytes = {both}"


def storage_result(
    network: Network, stored: Sequence[Stored], widths: Widths, published: Ledger
) -> Result:
    """One line a row of the table, the total in bytes and two units, what is not in it.

    `stored` has the total as its last.
    """
    *rows, total = stored
    in_total = _row(total)
    keys = ("params", "kept", "weights", "biases", "norm", "bits_each", "bits", "bytes")
    whole = widths.folded or widths.types is not None
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
    counted = " + ".join(network.spec.counts)
    if any(layer.buffers for layer in network.layers):
        counted += " + buffers in their place"
    if whole:
        counted = "all that inference needs, " + (
            "batch norms folded"
            if widths.folded
            else "batch norms as a scale and a shift a channel"
        )
    of_kinds = For.TABLES if whole else For.NOBODY
    columns = [
        Column("name", "name"),
        Column("type", "type", spare=True),
        Column("params", "params", "count"),
        Column("kept", "kept", "count"),
        Column("weights", "weights", "count", seen=of_kinds | For.JSON),
        Column("biases", "biases", "count", seen=of_kinds | For.JSON),
        Column("norm", "norm", "count", seen=of_kinds | For.JSON),
        Column("%", "kept_share", "percent", "dim", seen=For.TABLES),
        Column("bits each", "bits_each", "list"),
        Column("bits", "bits", "count"),
        *only(For.JSON, "bytes"),
        Column("kB", "kilobytes", "fixed", seen=For.TABLES),
    ]
    return Result(
        [
            *header(network)[:-2],
            f"params = {counted} · {widths.words}",
            "kB = 10^3 bytes, KiB = 2^10, MB = 10^6, MiB = 2^20",
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
            Fact("kib", Fraction(total.bytes, SMALL_SIZES["KiB"]), For.JSON),
            Fact("folded", widths.folded, For.JSON),
            Fact("lower_bound", partly, For.JSON),
        ],
    )


def _row(stored: Stored) -> dict[str, Any]:
    return {
        "name": stored.name,
        "type": stored.type,
        "params": stored.params,
        "kept": stored.kept,
        "weights": stored.weights,
        "biases": stored.biases,
        "norm": stored.norm,
        "kept_share": share(stored.kept, stored.params),
        "bits_each": list(stored.widths),
        "bits": stored.bits,
        "bytes": stored.bytes,
        "kilobytes": Fraction(stored.bits, 8000),
    }
