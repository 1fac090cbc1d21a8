"""`costcalc lsp`: the language server, which an editor starts."""

from __future__ import annotations

import os

from costcalc.cli.command import Command
from costcalc.extras import library


def run() -> None:
    """Answer on stdin and stdout until the editor ends."""
    library("pygls", "the language server")
    from costcalc.lsp.server import server

    # of its own: it closes them in the end, and the command line still has something to flush
    server.start_io(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))


command = Command(
    "lsp",
    callback=run,
    help="The language server: an editor starts it, and asks it on stdin and stdout.\n\n"
    "It shows what is wrong as one types, what each row puts out and costs, formulas and verdicts"
    " where one points, completes words and names, and goes to where they are from."
    " docs/editors.md sets up VS Code, Neovim, Helix and Zed.",
    short_help="the language server that editors start",
)
