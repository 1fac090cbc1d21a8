"""The bar on stderr: for whoever is looking, where it takes long enough to look."""

from __future__ import annotations

import io
import os
import sys
import time

import pytest

from costcalc.cli import messages, progress
from costcalc.cli.messages import say
from costcalc.cli.progress import Progress
from tests.covering import mostly
from tests.running import until


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


def test_a_command_that_takes_long_says_that_it_is_at_it(monkeypatch):
    terminal = look(monkeypatch)
    monkeypatch.setattr(messages, "PATIENCE", 0.01)
    with messages.waiting():
        until(lambda: "still counting: 0 s" in terminal.getvalue())
        say("a message")
        drawn = terminal.getvalue()
        # the line is gone before anything else is written, and comes no more
        assert drawn.endswith(f"\r{' ' * len('still counting: 0 s')}\ra message\n")
        time.sleep(0.1)
    assert terminal.getvalue() == drawn


def test_nothing_is_said_where_nobody_looks_or_all_is_soon_done(monkeypatch):
    terminal = look(monkeypatch)
    with messages.waiting():
        pass
    monkeypatch.setattr(Terminal, "isatty", lambda self: False)
    monkeypatch.setattr(messages, "PATIENCE", 0.01)
    with messages.waiting():
        time.sleep(0.1)
    assert terminal.getvalue() == ""


@pytest.mark.parametrize(
    "command",
    mostly(["{} --expand"], ["explain {}", "memory {} --order best"]),
)
def test_a_deep_network_does(command, tmp_path, start):
    """Into a file, with somebody at the terminal: and the file has all of it."""
    path = tmp_path / "deep.yaml"
    path.write_text(
        "input: [8, 8, 3]\nnetwork:\n- columns: [op, k, out]\n  rows: [5000x: [[conv, 1, 3]]]\n"
    )
    ours, theirs = os.openpty()
    with open(tmp_path / "out", "w") as out, os.fdopen(ours, "rb", buffering=0) as terminal:
        script = (
            "from costcalc.cli import messages; messages.PATIENCE = 0.005\n"
            "from costcalc.cli.main import main; main()"
        )
        process = start(
            [sys.executable, "-c", script, *command.format(path).split()], stdout=out, stderr=theirs
        )
        os.close(theirs)
        seen = b""
        while b"still counting: " not in seen:
            seen += terminal.read(1000)
        assert process.wait(timeout=120) == 0
    assert (tmp_path / "out").read_text().startswith("deep\n")
