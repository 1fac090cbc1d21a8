"""Model sizes: SqueezeNet's table, and agreement with what the ledger counts."""

from __future__ import annotations

from fractions import Fraction

import pytest

import costcalc
from costcalc.language.find import names
from costcalc.memory.storage import storage


@pytest.mark.parametrize("name", names())
def test_rows_add_up_and_bits_scale(name):
    net = costcalc.load(name)
    *rows, total = storage(net.graph)
    for field in ("params", "kept", "bits"):
        assert sum(getattr(row, field) for row in rows) == getattr(total, field)
    assert total.params == net.params
    assert storage(net.graph, 8)[-1].bytes == total.kept
    if total.widths == (32,):
        assert total.bytes == 4 * total.kept


def test_squeezenet_at_what_its_table_determines():
    """The paper prints 0.66 MB and 0.47 MB: the weights alone are less, and all that is sure."""
    net = costcalc.load("squeezenet")
    total = storage(net.graph)[-1]
    assert (total.params, total.kept, total.widths) == (1_248_424, 421_098, (6,))
    assert total.bytes == -(-421_098 * 6 // 8) < 470_000
    assert storage(net.graph, 8)[-1].bytes == 421_098 < 660_000
    assert Fraction(storage(net.graph, 32)[-1].bytes) == 4 * 421_098
    by_row = {row.name: row for row in storage(net.graph)}
    assert by_row["conv10"].kept == 103_400
    assert by_row["fire9"].kept == 77_581
