"""Every view in windows of several widths: no line is wider, no word and no number is broken."""

from __future__ import annotations

import io
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from costcalc.report.document import Column, Document, Sheet, grid, visible_text, written
from costcalc.report.formats import terminal
from costcalc.report.formats.fitting import COMFORT, wrap
from tests.cli.test_output import GOLDEN
from tests.covering import examples, mostly

WIDTHS = (60, 80, 120)
VIEWS = {
    "block": ["inception_v3", "--by", "block"],
    "deep": ["hrnet", "--expand"],
    "check": ["check", "mobilenet", "-v"],
    "list": ["list", "--task", "detection"],
    "one": ["list", "mobilenet"],
    "separable": ["explain", "mobilenet", "--separable"],
    "order": ["memory", "inception_resnet_v2", "--order", "best"],
    "arena": ["memory", "mobilenet_v2", "--arena"],
    "patches": ["memory", "squeezenet", "--patches", "4"],
    "bridge": ["reconcile", "mobilenet_v2", "--from", "thop", "--to", "fvcore"],
    "number": ["reconcile", "squeezenet", "--number", "840M"],
    "wide sweep": ["sweep", "mobilenet", "--alpha", "0.5,1", "--metrics",
                   "params,weights,biases,norm,mult_adds,memory_access,peak_memory,accuracy"],
    "board": ["board", "mobilenet:alpha=0.25,res=96", "mcunet", "--dtype", "int8",
              "--on", "stm32h743", "--on", "rp2040"],
    "time": ["time", "resnet", "vgg", "--device", "rtx_3090", "--expand"],
    "folded": ["storage", "mobilenet", "--dtype", "int8", "--folded"],
    "ranking": ["roofline", "mobilenet", "shufflenet:scale=2", "--device", "nvidia_v100",
                "--device", "jetson_nano"],
    "diff": ["diff", "mobilenet", "mobilenet_v2"],
}  # fmt: skip
GOLDEN_VIEWS = {
    name: view
    for name, view in GOLDEN.items()
    if "--format" not in view and "--help" not in view and name not in VIEWS
}
POINTS = {
    "mobilenet_by_type": {"params_share", "mult_adds_share"},
    "memory_mobilenet_v2": {"bar"},
    "arena": {"picture"},
    "time": {"mult_adds_share", "share"},
    "ranking": {"order_by_mult_adds", "jetson_nano_order"},
}
"""What a view is for."""


def shown(document, width):
    file = io.StringIO()
    terminal.render(document, Console(file=file, width=width, color_system=None))
    return file.getvalue()


def cells(document):
    """All cells of a document: their column and what they say."""
    for sheet in document.sheets:
        rows = [*zip(*grid(sheet), strict=True)]
        if sheet.totals:
            rows.append([written(c, v) for c, v in zip(sheet.columns, sheet.totals, strict=True)])
        for row in rows:
            yield from zip(sheet.columns, row, strict=True)


def require_fit(document, width):
    """No line is wider; each word of what is not left out is there, and each number in one piece.

    A word longer than a column is comfortable with may be broken between its parts.
    """
    document = visible_text(document)
    text = shown(document, width)
    assert max(map(cell_len, text.splitlines()), default=0) <= width
    words, squeezed = set(text.split()), "".join(text.split())
    said = [text for sheet in document.sheets for text in (sheet.title, *sheet.notes)]
    for line in [*document.header, *said, *document.footer]:
        for word in line.split():
            assert word in words or (len(word) > width - 2 and word[: width // 2] in squeezed)
    left_out = "left out in this width" in " ".join(text.split())
    for column, cell in cells(document):
        if column.kind == "bar" or (left_out and (column.tone or column.spare)):
            continue
        for word in cell.split():
            assert word in words or len(word) > COMFORT, (column, word)
    return text


def document_of(arguments, costcalc, monkeypatch):
    """What a command has for a terminal."""
    found = []
    with monkeypatch.context() as patched:
        patched.setattr(terminal, "render", lambda document, console: found.append(document))
        patched.setattr(sys.stdout, "isatty", lambda: True)
        assert costcalc(*arguments).code in (0, 1)
    return found[0]


@pytest.mark.parametrize("name", mostly([*POINTS], [*VIEWS, *GOLDEN_VIEWS]))
def test_every_view_fits(name, costcalc, monkeypatch):
    document = document_of({**GOLDEN_VIEWS, **VIEWS}[name], costcalc, monkeypatch)
    for width in WIDTHS:
        require_fit(document, width)
    columns = [column for sheet in document.sheets for column in sheet.columns]
    assert {column.key for column in columns if column.point} >= POINTS.get(name, set())


def test_the_point_of_a_view_is_the_last_to_go(costcalc, monkeypatch):
    by_type = document_of(["mobilenet", "--by", "type"], costcalc, monkeypatch)
    assert all("94.86 %" in shown(by_type, width) for width in WIDTHS)
    memory = document_of(["memory", "mobilenet_v2"], costcalc, monkeypatch)
    bars = [max(map(len, re.findall("█+", shown(memory, width)))) for width in WIDTHS]
    assert min(bars) >= COMFORT
    assert bars[-1] == 40


def test_a_command_stays_one_that_can_be_typed():
    command = "costcalc mobilenet_v2 --alpha 1.458 --res 320 --convention fvcore --dtype int8"
    text = shown(Document([], [], footer=[command]), 60)
    assert " ".join(text.replace("\\\n", " ").split()) == command
    assert text.count("\\\n") == 1


WORDS = st.text("abc/.1é漢", min_size=1, max_size=9)
TEXTS = st.lists(WORDS, max_size=5).map(" ".join)


@st.composite
def documents(draw):
    columns = [
        Column(draw(TEXTS), f"c{n}", draw(st.sampled_from(["text", "count"])),
               draw(st.sampled_from(["", "dim"])), point=draw(st.booleans()))
        for n in range(draw(st.integers(1, 6)))
    ]  # fmt: skip
    values = {"text": TEXTS, "count": st.integers(0, 10**9)}
    rows = draw(st.lists(st.tuples(*(values[c.kind] for c in columns)), max_size=4))
    totals = draw(st.none() | st.tuples(*(values[c.kind] for c in columns)))
    sheet = Sheet(columns, Sheet.of_rows(columns, rows).cells, draw(TEXTS), totals and [*totals],
                  draw(st.lists(TEXTS, max_size=2)))  # fmt: skip
    return Document(draw(st.lists(TEXTS, max_size=2)), [sheet])


@given(document=documents(), width=st.integers(30, 130))
@examples(30)
def test_any_table_fits(document, width):
    require_fit(document, width)


@given(text=TEXTS, width=st.integers(12, 40))
@examples(50)
def test_lines_hold_every_word(text, width):
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    words = text.split()
    if max(map(cell_len, words), default=0) <= width:
        assert " ".join(lines).split() == words
    else:  # a word wider than that breaks, and loses nothing
        assert "".join(lines).replace(" ", "") == "".join(words)
