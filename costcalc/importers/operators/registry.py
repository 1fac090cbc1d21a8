"""Which function writes an operator of ONNX as rows."""

from __future__ import annotations

from collections.abc import Callable

from costcalc.importers.translate import Handler

HANDLERS: dict[str, Handler] = {}
"""The translation of each operator."""


def handles(*kinds: str) -> Callable[[Handler], Handler]:
    """Register the translation of some operators."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(kinds, handler))
        return handler

    return register
