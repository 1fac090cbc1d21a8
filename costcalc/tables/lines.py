"""Lines of text from columns, many at once: no step in Python is one a row.

Very many are filled by Arrow, where it is installed: the same bytes in a third of the time.
"""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.extras import library
from costcalc.records import NamedTuple

PAYS = 200_000
"""So many rows are written while Arrow is imported."""


class Texts(NamedTuple):
    """A column as text: the row's own, or `codes` say which of these texts each row has.

    None, where there is nothing, is for those who have a word for it.
    """

    texts: list[Any]
    codes: Any = None

    def as_list(self) -> list[Any]:
        """A text a row."""
        if self.codes is None:
            return self.texts
        return np.array(self.texts, dtype=object)[self.codes].tolist()  # type: ignore[no-any-return]

    def behind(self, name: str) -> Texts:
        """The same behind a name, which goes where there is no text."""
        return Texts([text and name + text for text in self.texts], self.codes)


def each_once(write: Callable[[Any], str | None], values: Any) -> Texts:
    """What each value of an array is written as; equal ones are written once."""
    if values.ndim == 1 and len(values) and _is_constant(values):
        return Texts([write(values[:1].tolist()[0])], np.zeros(len(values), dtype=np.intp))
    if values.ndim == 1 and values.dtype != object:
        different, codes = np.unique(values, return_inverse=True)
        return Texts([write(value) for value in different.tolist()], codes)
    keys = listed = values.tolist()
    if not {*map(type, listed)} <= {str, type(None)}:  # True and 1 are equal, and two texts
        keys = [(type(value), repr(value)) for value in listed]
    written = {key: write(value) for key, value in dict(zip(keys, listed, strict=True)).items()}
    return Texts(list(map(written.__getitem__, keys)))


def _is_constant(values: Any) -> bool:
    """Whether an array is one value for all rows, or the same word in each."""
    return values.strides == (0,) or (type(values[0]) is str and (values == values[0]).all())


class Lines:
    """Fills line after line; of what is long, the later part by Arrow."""

    def __init__(self) -> None:
        self._rows = 0

    def filled(self, between: Sequence[str], cells: Sequence[Any], rows: int) -> str:
        """A line for each row: its cells, and the texts before, between and behind them.

        Args:
            between: one more text than there are columns.
            cells: columns of equal length: arrays of integers, or `Texts`.
            rows: how long they are.

        Returns:
            All lines, one behind the other.
        """
        if not rows:
            return ""
        self._rows += rows
        between, cells = _without_constants(between, cells)
        if not cells:
            return between[0] * rows
        if (self._rows > PAYS or "pyarrow" in sys.modules) and (arrow := _arrow()) is not None:
            return _by_arrow(arrow, between, cells)
        line = "%s".join(text.replace("%", "%%") for text in between)
        listed = [one.as_list() if isinstance(one, Texts) else one.tolist() for one in cells]
        return "".join(map(line.__mod__, zip(*listed, strict=True)))


def _without_constants(between: Sequence[str], cells: Sequence[Any]) -> tuple[list[str], list[Any]]:
    """The same lines, with what is the same in all of them among the texts between columns."""
    texts, columns = [between[0]], []
    for one, behind in zip(cells, between[1:], strict=True):
        constant = _constant(one)
        if constant is None:
            columns.append(one)
            texts.append(behind)
        else:
            texts[-1] += constant + behind
    return texts, columns


def _constant(column: Any) -> str | None:
    """What a column is in every row, None where that differs."""
    if isinstance(column, Texts):
        return column.texts[0] if column.codes is not None and len(column.texts) == 1 else None
    return str(column[0]) if (column == column[0]).all() else None


@functools.cache
def _arrow() -> Any:
    """The library, None where there is none that works."""
    try:
        if importlib.util.find_spec("pyarrow") is None:
            return None
        library("pyarrow.compute", "quick text")
        return library("pyarrow", "quick text")
    except (CostcalcError, ValueError):
        return None


def _by_arrow(arrow: Any, between: Sequence[str], cells: Sequence[Any]) -> str:
    text = arrow.large_string()  # of which there may be more than two gigabytes

    def column(one: Any) -> Any:
        if not isinstance(one, Texts):
            return arrow.array(one).cast(text)
        texts = arrow.array(one.texts, type=text)
        return texts if one.codes is None else texts.take(arrow.array(one.codes))

    parts: list[Any] = [arrow.scalar(between[0], text)]
    for one, behind in zip(cells, between[1:], strict=True):
        parts += [column(one), arrow.scalar(behind, text)]
    lines = arrow.compute.binary_join_element_wise(*parts, arrow.scalar("", text))
    # the texts of an array lie one behind the other: together they are what is wanted
    _, ends, written = lines.buffers()
    end = np.frombuffer(ends, dtype=np.int64)[len(lines)]
    return str(memoryview(written)[:end], "utf-8")
