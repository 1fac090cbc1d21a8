"""The bar on stderr: for whoever is looking, where it takes long enough to look."""

from __future__ import annotations

import io
import sys
import time

from costcalc.cli import progress
from costcalc.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def look(monkeypatch, patience=0.0):
    """A terminal as stderr; set in the test itself, since pytest sets its own before that."""
    written = Terminal()
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    return written


def test_what_is_done_of_how_much_in_which_unit(monkeypatch):
    terminal = look(monkeypatch)
    with Progress(31, "networks") as shown:
        shown.advance(12)
        time.sleep(0.2)  # until it is drawn
        assert "12/31" in terminal.getvalue()
        assert "networks, " in terminal.getvalue()
        assert "a second" in terminal.getvalue()
        shown.advance(19)
        assert shown.bar is None  # gone before anything is written


def test_nobody_knows_how_much_there_is(monkeypatch):
    terminal = look(monkeypatch)
    with Progress(unit="layers") as shown:
        shown.advance(199_000)
        time.sleep(0.2)
        assert "199000/?" in terminal.getvalue()


def test_no_bar_beside_rows_on_the_same_terminal(monkeypatch):
    terminal = look(monkeypatch)
    with Progress(10, quiet=True) as shown:
        shown.advance(5)
    assert terminal.getvalue() == ""


def test_what_is_written_meanwhile_stays_where_it_goes(monkeypatch, capsys):
    """The result is none of the bar's: a file gets all of it."""
    look(monkeypatch)
    with Progress(10) as shown:
        shown.advance(5)
        print("a row")
    assert capsys.readouterr().out == "a row\n"


def test_no_bar_where_nobody_looks_or_it_is_soon_done(monkeypatch):
    terminal = look(monkeypatch, patience=1)
    with Progress(10) as shown:
        shown.advance(5)
    assert terminal.getvalue() == ""
    terminal = look(monkeypatch)
    monkeypatch.setattr(Terminal, "isatty", lambda self: False)
    with Progress(10) as shown:
        shown.advance(5)
    assert terminal.getvalue() == ""


def test_a_terminal_that_is_gone_is_no_error(monkeypatch):
    look(monkeypatch)

    def gone(self, text):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("costcalc.cli.messages.silence", lambda stream: None)
    with Progress(10) as shown:
        monkeypatch.setattr(Terminal, "write", gone)
        shown.advance(5)


def test_reporting_every_step_costs_next_to_nothing(monkeypatch):
    look(monkeypatch)
    with Progress(10**6, "layers") as shown:
        began = time.perf_counter()
        for _ in range(10**5):
            shown.advance()
        assert time.perf_counter() - began < 0.5
