"""Specs by reference, each read once."""

from __future__ import annotations

import functools
import os

from costcalc.language.find import find
from costcalc.language.grammar import parse
from costcalc.language.model import Spec
from costcalc.language.reader import read_source, unreadable


@functools.lru_cache(maxsize=64)
def _parsed(path: str, changed: int, size: int) -> Spec:
    return parse(read_source(path))


def load_spec(reference: str | os.PathLike[str], beside: str = "") -> Spec:
    """The spec of a built-in name or a file, a relative path seen from the file `beside`.

    Raises `CostcalcError` for what is none.
    """
    path = find(reference, beside)
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from None
    return _parsed(path, status.st_mtime_ns, status.st_size)
