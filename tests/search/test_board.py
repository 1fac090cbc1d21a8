"""Boards: verdicts by what is needed, the largest width by trying all, files that are wrong."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

import costcalc
from costcalc.errors import CostcalcError
from costcalc.hardware.boards import load_board, names
from costcalc.search.board import DEPENDS, FITS, NOT, STEP, board, on_board

BOARD = """\
source: made up
flash: {flash}
ram: {ram}
runtime:
  flash: {{least: 1000 B, most: 2000 B, source: made up}}
"""


def made(tmp_path, flash, ram):
    """A board of one's own."""
    path = tmp_path / "mine.yaml"
    path.write_text(BOARD.format(flash=flash, ram=ram))
    return load_board(str(path))


@pytest.fixture
def net():
    found = costcalc.load("mobilenet", alpha=0.25, res=96, classes=2)
    return found.with_execution(dtype="int8")


@pytest.mark.parametrize("name", names())
def test_boards_that_ship_have_a_source_for_every_number(name):
    found = load_board(name)
    assert found.source
    assert found.flash.bytes
    assert all(region.bytes and region.source for region in found.regions)
    for overhead in found.runtime.values():
        assert overhead.source
        assert 0 < overhead.least <= overhead.most


@pytest.mark.parametrize(
    ("flash", "ram", "verdict"),
    [
        ("1 MiB", "1 MiB", FITS),
        ("220063 B", "1 MiB", NOT),  # 219,064 bytes and the runtime's least, less one
        ("220064 B", "1 MiB", DEPENDS),
        ("1 MiB", "{a: 50 KiB, b: 200 KiB, c: 1 B}", FITS),
        ("1 MiB", "{a: 50 KiB, b: 50 KiB, c: 50 KiB}", NOT),  # enough, but not in one piece
        ("1 MiB", "{a: 54 KiB, b: 100 KiB}", DEPENDS),
        ("1 MiB", "60 KiB", NOT),  # the tensors would fit, the interpreter beside them does not
    ],
)
def test_verdicts(net, tmp_path, flash, ram, verdict):
    found = on_board(net, made(tmp_path, flash, ram))
    assert found.verdict == verdict
    assert bool(found.reasons) == (verdict != FITS)


def test_what_is_needed(net, tmp_path):
    found = on_board(net, made(tmp_path, "1 MiB", "1 MiB"))
    parts = {(part.memory, part.name): (part.least, part.most) for part in found.parts}
    assert parts["flash", "weights"] == (219_064, 219_064)
    assert parts["flash", "runtime"] == (1000, 2000)
    assert parts["ram", "arena"] == (55_296, 73_728)
    assert found.need("flash")[0] == 220_064
    # TFLite's own file of this network has 312,216 bytes
    assert parts["flash", "file"][1] >= 312_216 - 219_064


def test_a_region_is_named_where_it_is_in_the_way(net, tmp_path):
    (reason,) = on_board(net, made(tmp_path, "1 MiB", "{a: 50 KiB, b: 50 KiB}")).reasons
    assert reason == (
        "RAM in one piece: 4,096 of 55,296 bytes too many at least; the peak is set by conv2"
    )


@pytest.mark.exhaustive
@pytest.mark.parametrize(("ram", "res"), [("128 KiB", 96), ("100 KiB", 128), ("90 KiB", 96)])
def test_the_largest_width_by_trying_all(tmp_path, ram, res):
    there = made(tmp_path, "2 MiB", ram)
    net = costcalc.load("mobilenet", res=res).with_execution(dtype="int8")
    fitting = [
        alpha
        for alpha in (n * STEP for n in range(1, 30))
        if board(
            costcalc.load("mobilenet", alpha=alpha, res=res), str(tmp_path / "mine.yaml")
        ).verdict
        == FITS
    ]
    assert on_board(net, there).largest == ("alpha", max(fitting, default=None))


def test_networks_without_widths_and_boards_without_room(net, tmp_path):
    assert board("squeezenet", "rp2040").largest is None
    assert on_board(net, made(tmp_path, "1 kB", "1 kB")).largest == ("alpha", None)


def test_in_python(net):
    assert board(net, "stm32f746").largest == ("alpha", Fraction(1, 2))
    with pytest.raises(CostcalcError, match="unknown board 'stm32f745'"):
        board(net, "stm32f745")
    with pytest.raises(CostcalcError, match="give its name"):
        board(net, "stm32f746", alpha=1)


@pytest.mark.parametrize(
    ("old", "new", "said", "place"),
    [
        ("flash: 1 MiB", "flsh: 1 MiB", "unknown key 'flsh' in a board", "2:1"),
        ("flash: 1 MiB", "flash: 1 MiX", "unknown unit 'MiX'", "2:10"),
        ("flash: 1 MiB", "flash: a lot", "'a lot' is no number above 0 with its unit", "2:8"),
        ("ram: 1 MiB", "ram: {}", "ram needs at least one region", "3:6"),
        ("ram: 1 MiB", "ram: {a: 0 B}", "'0 B' is no number above 0", "3:10"),
        ("least: 1000 B", "least: 3000 B", "3,000 bytes at least and 2,000 at most", "5:10"),
        (", source: made up}", "}", "the flash of a runtime needs", "5:10"),
        ("  flash: {", "  flesh: {", "unknown key 'flesh' in runtime", "5:3"),
    ],
)
def test_files_that_are_wrong(costcalc, tmp_path, old, new, said, place):
    text = BOARD.format(flash="1 MiB", ram="1 MiB")
    assert old in text
    (tmp_path / "mine.yaml").write_text(text.replace(old, new))
    ran = costcalc("board", "mobilenet", "--on", "./mine.yaml", cwd=tmp_path)
    assert ran.code == 2
    assert said in ran.err
    assert f"mine.yaml:{place}" in ran.err
    assert "^" in ran.err


def test_the_command(costcalc, golden, monkeypatch):
    from tests.conftest import TESTS

    monkeypatch.setenv("COLUMNS", "80")
    one = costcalc("board", "mobilenet:alpha=0.25,res=96", "--on", "stm32h743")
    assert one.code == 0
    golden(TESTS / "golden" / "board_mobilenet.txt", one.out)
    several = costcalc("board", "mobilenet:alpha=0.4,res=96", "mobilenet", "--on", "stm32f746",
                       "--on", "rp2040")  # fmt: skip
    golden(TESTS / "golden" / "board_several.txt", several.out)
    assert costcalc("board", "resnet", "--on", "rp2040").code == 1
    rows = json.loads(costcalc("board", "squeezenet", "--on", "rp2040", "--format", "json").out)
    assert rows["rows"][0]["verdict"] == NOT
    assert rows["rows"][0]["largest_that_fits"] is None
