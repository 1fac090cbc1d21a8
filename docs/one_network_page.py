"""docs/one-network.md: what each command in it writes, beside the files that it names."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from costcalc.cli.main import cli

PAGE = Path(__file__).parent / "one-network.md"
MODELS = Path(__file__).parents[1] / "tests" / "facts" / "models"
_SHOWN = re.compile(
    r"(```console\n\$ costcalc ([^\n|]*)(?:\| (head|tail) -(\d+))?\n).*?(^```$)",
    re.DOTALL | re.MULTILINE,
)


def pages() -> dict[str, str]:
    """The page by its path below docs/."""
    with contextlib.chdir(MODELS):
        return {PAGE.name: _SHOWN.sub(_renewed, PAGE.read_text())}


def _renewed(found: re.Match[str]) -> str:
    """A block with what its command writes to a pipe, or the lines of it that are asked for."""
    command, line, part, count, end = found.groups()
    lines = CliRunner().invoke(cli, shlex.split(line), catch_exceptions=False).stdout.split("\n")
    if part is not None:
        kept = lines[: int(count)] if part == "head" else lines[-int(count) - 1 :]
        lines = [*kept, ""] if part == "head" else kept
    text = "\n".join(one.rstrip() for one in lines)
    return f"{command}{text}{end}"
