"""Whether what is written has colours: `--color`, `FORCE_COLOR`, `NO_COLOR`, or what reads it."""

from __future__ import annotations

import os
import sys
from typing import Literal

import click

AUTO, ALWAYS, NEVER = CHOICES = ("auto", "always", "never")
_CHOSEN = "costcalc.color"


def choose(ctx: click.Context, parameter: click.Parameter, choice: str) -> None:
    """Remember what `--color` says."""
    ctx.meta[_CHOSEN] = choice


def _choice() -> str:
    """What was said: by the option, else by the environment (no-color.org, force-color.org)."""
    ctx = click.get_current_context(silent=True)
    chosen: str = AUTO if ctx is None else ctx.meta.get(_CHOSEN, AUTO)
    if chosen != AUTO:
        return chosen
    if os.environ.get("NO_COLOR"):
        return NEVER
    return ALWAYS if os.environ.get("FORCE_COLOR", "0") not in ("", "0") else AUTO


def obeys_escapes() -> bool:
    """Whether stdout is a terminal that does what escapes say: an editor's shows them."""
    return sys.stdout.isatty() and os.environ.get("TERM", "").lower() not in ("dumb", "unknown")


def is_asked_for() -> bool:
    """Whether colours are wanted whoever reads them."""
    return _choice() == ALWAYS


def is_shown() -> bool:
    """Whether there are colours on stdout."""
    choice = _choice()
    return choice == ALWAYS or (choice == AUTO and obeys_escapes())


def system() -> Literal["auto", "standard"] | None:
    """What rich is to make of colours: as the terminal can, as every one can, none."""
    if not is_shown():
        return None
    return "auto" if sys.stdout.isatty() else "standard"
