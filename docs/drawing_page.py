"""docs/drawing.md: its pictures and what a terminal shows, each drawn by the command beside it."""

from __future__ import annotations

import re
import shlex
import tempfile
from pathlib import Path

from click.testing import CliRunner

from costcalc.cli.main import cli

PAGE = Path(__file__).parent / "drawing.md"
_COMMAND = re.compile(r"^costcalc (draw .*?) -o (\S+\.svg)$", re.MULTILINE)
_SHOWN = re.compile(
    r"(```console\n\$ costcalc (draw [^\n]*)\n).*?(^```$)", re.DOTALL | re.MULTILINE
)
_DIAGRAM = re.compile(r"(`costcalc (draw [^`]*--format md)`[^\n]*\n\n)```mermaid.*?^```$",
                      re.DOTALL | re.MULTILINE)  # fmt: skip


def pages() -> dict[str, str]:
    """The page and its pictures by their paths below docs/: what the commands in it write."""
    text = PAGE.read_text()
    made = {name: _picture(line) for line, name in _COMMAND.findall(text)}
    text = _SHOWN.sub(lambda found: found[1] + _out(found[2]) + found[3], text)
    text = _DIAGRAM.sub(lambda found: found[1] + _out(found[2]).rstrip(), text)
    return {"drawing.md": text, **made}


def _out(line: str) -> str:
    """What a command writes to a pipe."""
    return CliRunner().invoke(cli, shlex.split(line), catch_exceptions=False).stdout


def _picture(line: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.svg"
        _out(f"{line} -o {path}")
        return path.read_text()
