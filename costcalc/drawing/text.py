"""How wide text is, where nobody has the fonts: a picture is laid out before it is drawn."""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("ijl|!.,:;'`I ")
_SLIM = frozenset('ftr()[]{}/\\-"*')
_BROAD = frozenset("mwMWQOG%@&")
_WIDE = "WF"
"""What Unicode calls wide: a letter of Chinese is a square."""
ROOM = 1.15
"""Fonts differ: more than Helvetica takes, as much as DejaVu Sans, which stands in where nothing
like it is installed."""
BOLD = 1.07


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Pixels that a line takes in a sans-serif font, rather too many than too few.

    Args:
        text: one line.
        size: of the font, in pixels.
        bold: whether it is.

    >>> round(text_width("conv1", 12))
    39
    """
    return sum(map(_em, text)) * size * ROOM * (BOLD if bold else 1.0)


def cells(text: str) -> int:
    """Columns that a line takes in a terminal.

    >>> cells("conv1"), cells("卷积")
    (5, 4)
    """
    return len(text) if text.isascii() else sum(map(_cells, text))


def _cells(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in _WIDE else 1


def _em(letter: str) -> float:
    """A letter's width, of a size of 1."""
    if letter in _NARROW:
        return 0.28
    if letter in _SLIM:
        return 0.38
    if letter in _BROAD:
        return 0.9
    if not letter.isascii() and unicodedata.east_asian_width(letter) in _WIDE:
        return 1.05
    if not letter.isascii() and unicodedata.combining(letter):
        return 0.0
    return 0.7 if letter.isupper() or not letter.isascii() else 0.56
