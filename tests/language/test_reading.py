"""A path may lead anywhere: only stored files are read, and of what is no spec nothing is shown."""

from __future__ import annotations

import contextlib
import os
import signal
import socket

import pytest

import costcalc as library
from costcalc.errors import CostcalcError
from costcalc.language import limits, reader
from tests.covering import at_once

SECRET = "password: hunter2"
NET = """
input: [32, 32, 3]
network:
- columns: [op, k, out]
  rows: [[conv, 3x3, 8]]
"""
USES = f"use: {{{{'{{}}': [unit]}}}}{NET}"
CLAIMS = f"{NET}claims: [{{{{table: T, columns: [network, params], rows: [['{{}}', 216]]}}}}]"
BLOCKS = f"blocks: {{unit: {{columns: [op], rows: [[relu]]}}}}{NET}"


@contextlib.contextmanager
def within(seconds):
    """End what waits without end."""

    def late(*_):
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def fifo(folder):
    os.mkfifo(folder / "x.yaml")
    return "./x.yaml", "is a FIFO"


def a_socket(folder):
    with contextlib.chdir(folder), socket.socket(socket.AF_UNIX) as made:
        made.bind("x.yaml")
    return "./x.yaml", "is a socket"


def folder(folder):
    (folder / "x.yaml").mkdir()
    return "./x.yaml", "is a directory"


def endless_device(folder):
    (folder / "x.yaml").symlink_to("/dev/zero")
    return "./x.yaml", "is a device"


def large(folder):
    with (folder / "x.yaml").open("wb") as file:
        file.truncate(2**40)  # a terabyte of NULs that takes no room
    return "./x.yaml", "larger than 1,048,576 bytes"


def loop(folder):
    (folder / "x.yaml").symlink_to("x.yaml")
    return "./x.yaml", "cannot be read: Too many levels of symbolic links"


def made_up(folder):
    (folder / "x.yaml").symlink_to("/proc/self/environ")
    return "./x.yaml", "empty"


def nowhere(folder):
    return "./x.yaml", "cannot be read: No such file"


def too_long(folder):
    return f"./{'x' * 5000}.yaml", "cannot be read: File name too long"


PATHS = (fifo, a_socket, folder, endless_device, large, loop, made_up, nowhere, too_long)
COMMANDS = {
    "a spec": ["{}"],
    "specs to check": ["check", "{}"],
    "a convention": ["mobilenet", "--convention", "{}"],
    "a device": ["roofline", "mobilenet", "--device", "{}"],
    "configurations": ["sweep", "mobilenet", "--configs", "{}"],
    "operators": ["--operators", "{}", "mobilenet"],
    "a spec's use": ["use.yaml"],
    "a claim's network": ["check", "claim.yaml"],
}
LEADS_OUT = (endless_device, made_up)
OF_ITS_OWN = {
    ("configurations", "large"): "x.yaml:1: longer than 1,048,576 bytes, the limit of a line",
    ("operators", "large"): "is no Python file",
    ("operators", "made_up"): "is no Python file",
    ("configurations", "made_up"): "no header",
    ("a spec's use", "made_up"): "leads out of the folder of use.yaml",
}


@pytest.mark.parametrize("make", PATHS, ids=lambda make: make.__name__)
@at_once("place", COMMANDS)
def test_whatever_a_path_leads_to(place, make, tmp_path, costcalc):
    path, said = make(tmp_path)
    said = OF_ITS_OWN.get((place, make.__name__), said)
    if make in LEADS_OUT and place in ("a spec's use", "a claim's network"):
        said = "leads out of the folder of"
    if place == "a spec's use":  # which is a key, and may be no longer
        path = path[:1000]
    (tmp_path / "use.yaml").write_text(USES.format(path))
    (tmp_path / "claim.yaml").write_text(CLAIMS.format(path))
    with within(10):
        ran = costcalc(*(part.format(path) for part in COMMANDS[place]), cwd=tmp_path)
    assert ran.code == 2
    assert said in ran.out + ran.err  # `check` tables what it could not check
    assert "Traceback" not in ran.err


def test_a_file_ends_where_it_ended_when_it_was_opened(tmp_path):
    """What is written to it while it is read would never end."""
    path = tmp_path / "log.csv"
    path.write_text("a\n")
    lines = reader.read_lines(str(path), "configurations are a CSV file")
    assert next(lines) == "a\n"
    with path.open("a") as log:
        log.write("b\n" * 10_000)
    assert list(lines) == []
    with reader.opened(str(path)) as file:
        with path.open("a") as log:
            log.write("c\n")
        assert file.read() == b"a\n" + b"b\n" * 10_000


def test_a_fifo_that_takes_a_files_place(tmp_path, monkeypatch):
    """Between the look at it and the opening."""
    path = tmp_path / "x.yaml"
    os.mkfifo(path)
    monkeypatch.setattr(reader, "status", lambda path, expected: None)
    with within(10), pytest.raises(CostcalcError, match="is a FIFO"):
        reader.read_source(str(path))


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (b"\xef\xbb\xbfa,b\n1,2", ["a,b\n", "1,2"]),
        (b"a\r\nb\rc\n\n", ["a\r\n", "b\r", "c\n", "\n"]),
        ("é\u2028\x85,\x0b\n".encode(), ["é\u2028\x85,\x0b\n"]),
        (b"", []),
    ],
)
def test_lines(content, lines, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    assert list(reader.read_lines(str(path), "")) == lines


def test_a_line_without_end_and_one_in_another_encoding(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FILE_BYTES", 10)
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n123456789\n1234567890\n")
    with pytest.raises(CostcalcError, match=r"x\.csv:3: longer than 10 bytes, the limit of a line"):
        list(reader.read_lines(str(path), ""))
    path.write_bytes(b"a\nb\rcaf\xe9\n")
    with pytest.raises(CostcalcError, match=r"x\.csv:3:4: not UTF-8: byte 0xe9"):
        list(reader.read_lines(str(path), ""))


def layout(tmp_path, reference):
    """A stranger's spec in a folder of its own, beside a file of the reader's."""
    (tmp_path / "theirs" / "below").mkdir(parents=True)
    for name in ("base.yaml", "theirs/base.yaml", "theirs/below/base.yaml"):
        (tmp_path / name).write_text(BLOCKS)
    (tmp_path / "theirs" / "link.yaml").symlink_to(tmp_path / "base.yaml")
    (tmp_path / "theirs" / "use.yaml").write_text(USES.format(reference))
    (tmp_path / "theirs" / "claim.yaml").write_text(CLAIMS.format(reference))


@pytest.mark.parametrize("reference", ["./base.yaml", "below/base.yaml", "below/../base.yaml"])
def test_a_spec_uses_what_is_beside_or_below_it(reference, tmp_path, costcalc):
    layout(tmp_path, reference)
    assert costcalc("theirs/use.yaml", cwd=tmp_path).code == 0
    assert costcalc("./use.yaml", cwd=tmp_path / "theirs").code == 0
    assert costcalc("check", "theirs/claim.yaml", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    "reference", ["../base.yaml", "{}/base.yaml", "./link.yaml", "/etc/passwd"]
)
def test_a_spec_does_not_lead_out_of_its_folder(reference, tmp_path, costcalc, monkeypatch):
    reference = reference.format(tmp_path)
    layout(tmp_path, reference)
    for command in (["theirs/use.yaml"], ["check", "theirs/claim.yaml"]):
        ran = costcalc(*command, cwd=tmp_path)
        assert ran.code == 2
        name = os.path.basename(command[-1])
        assert f"' leads out of the folder of {name}" in ran.err
        assert "a spec names others beside or below it; COSTCALC_USE=FOLDER allows" in ran.err
    if reference != "/etc/passwd":
        monkeypatch.setenv("COSTCALC_USE", os.pathsep.join(["/nowhere", str(tmp_path)]))
        assert costcalc("theirs/use.yaml", cwd=tmp_path).code == 0
        assert costcalc("check", "theirs/claim.yaml", cwd=tmp_path).code == 0


def test_a_spec_that_is_a_link_uses_what_is_beside_either(tmp_path, costcalc):
    layout(tmp_path, "./base.yaml")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "use.yaml").symlink_to(tmp_path / "theirs" / "use.yaml")
    (tmp_path / "store" / "base.yaml").symlink_to(tmp_path / "theirs" / "base.yaml")
    assert costcalc("store/use.yaml", cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    "content",
    [SECRET, f"- {SECRET}", f"name: x\n{SECRET}", "hunter2", "'hunter2", "[default]\nkey = hunter2",
     "a: hunter2: b", '"hunter2\\q"', "&hunter2 x", "hunter2: 1\nhunter2: 2"],
)  # fmt: skip
def test_nothing_is_shown_of_what_is_no_spec(content, tmp_path, costcalc):
    layout(tmp_path, "./.env")
    (tmp_path / "theirs" / ".env").write_text(content)
    for command in (["theirs/use.yaml"], ["check", "theirs/claim.yaml"]):
        ran = costcalc(*command, cwd=tmp_path)
        assert ran.code == 2
        assert "'./.env' is no spec\n" in ran.err
        assert "'costcalc theirs/.env' says what is wrong there" in ran.err
        assert "hunter2" not in ran.err
        assert "hunter2" in costcalc("theirs/.env", cwd=tmp_path).err or "q" in content


def test_an_error_in_a_spec_that_is_used_stands_in_its_own_file(tmp_path, costcalc):
    layout(tmp_path, "./base.yaml")
    (tmp_path / "theirs" / "base.yaml").write_text(BLOCKS.replace("[relu]", "[rleu]"))
    for command in (["theirs/use.yaml"], ["check", "theirs/claim.yaml"]):
        ran = costcalc(*command, cwd=tmp_path)
        assert "theirs/base.yaml:1:40: " in ran.err
        assert "did you mean 'relu'?" in ran.err


def test_the_library_reads_alike(tmp_path):
    layout(tmp_path, "../base.yaml")
    with pytest.raises(CostcalcError, match="leads out of the folder"):
        library.load(tmp_path / "theirs" / "use.yaml")
