"""`costcalc watch`: what a spec costs, again whenever it is saved."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable

import click

from costcalc.claims.ledger import Ledger
from costcalc.cli import color
from costcalc.cli.command import Command
from costcalc.cli.messages import say_error, say_found
from costcalc.cli.networks import NetworkReference
from costcalc.cli.output import echo, write
from costcalc.control.diff import diff
from costcalc.cost.groups import GROUPINGS
from costcalc.diagnosis import Diagnosis, diagnose
from costcalc.errors import CostcalcError
from costcalc.language.find import find
from costcalc.language.reader import STDIN, read_source
from costcalc.language.references import split_reference
from costcalc.language.settings import settle
from costcalc.network import Network
from costcalc.report.diff import diff_report
from costcalc.report.network import network_result

PERIOD = 0.2
"""Seconds between two looks at the files."""
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


def run(network: str) -> None:
    """Draw, wait for a save, and draw again, until somebody ends it."""
    name, given = split_reference(network)
    path = find(name)
    if path == STDIN:
        raise CostcalcError("what is written to stdin is not saved again: watch takes a file")
    read_source(path)  # nothing to wait for where there is no such file
    drawn: Network | None = None
    while True:
        before = _saved([path])
        made, files = _draw(path, given, drawn)
        drawn = made or drawn
        sys.stdout.flush()
        seen = {**_saved(files), **before}
        while _saved(seen) == seen:
            time.sleep(PERIOD)


def _saved(paths: Iterable[str]) -> dict[str, tuple[int, int] | None]:
    """When each file was changed and how large it is, None for one that is not there."""
    found: dict[str, tuple[int, int] | None] = {}
    for path in paths:
        try:
            status = os.stat(path)
            found[path] = status.st_mtime_ns, status.st_size
        except OSError:
            found[path] = None
    return found


def _draw(
    path: str, given: dict[str, str], before: Network | None
) -> tuple[Network | None, set[str]]:
    """Write the table and what has changed, and all that is wrong. Returns the files behind it."""
    if color.obeys_escapes():
        echo(_CLEAR, end="")
    try:
        found = diagnose(read_source(path))
        if found.network is None:
            say_found(found.errors)
            return None, _files(path, found)
        network = Network(found.network.spec, settle(found.network.spec, given))
    except CostcalcError as error:  # the file is gone for a moment, or the settings do not suit
        say_error(error)
        return None, {path}
    rows = GROUPINGS["row"](network.graph, network.sum_up)
    write("table", network_result(network, rows, None, Ledger(), ()))
    if before is not None:
        echo()
        write("table", diff_report(diff(before, network)).result)
    say_found(found.errors)  # checked cells that a change has made wrong
    return network, _files(path, found)


def _files(path: str, found: Diagnosis) -> set[str]:
    """The file itself, and those whose blocks it uses."""
    blocks = found.spec.blocks.values() if found.spec is not None else ()
    return {path, *(block.mark.source.path for block in blocks)}


command = Command(
    "watch",
    callback=run,
    params=[click.Argument(["network"], type=NetworkReference(), metavar="FILE")],
    help="What a spec costs, drawn again whenever it is saved, with the difference to the last"
    " save; or all that is wrong with it.\n\n"
    "FILE may have settings behind a colon: ./ours.yaml:alpha=0.5. Ctrl-C ends it.",
    short_help="what a spec costs, again whenever it is saved",
)
