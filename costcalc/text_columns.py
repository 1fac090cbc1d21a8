"""Columns of values as text: what repeats is written once, and no step in Python is one a row."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, overload

from costcalc.numbers.dimensions import Shape

LINES = 4096
"""So many lines are one piece of text: little enough to hold, and enough not to be counted."""
_FEW = 8
"""A column has few different values where it is so many times as long."""
_SAME_WHEN_EQUAL = frozenset({int, str, Shape, type(None)})
"""Types of which equal values, whichever two have them, are written the same."""
_Value = TypeVar("_Value")
_Written = TypeVar("_Written")


class Coded(Sequence[_Value]):
    """A column of few different values: these, and which of them (`codes`) each row has."""

    def __init__(self, codes: Sequence[int], values: Sequence[_Value]) -> None:
        self.codes, self.values = codes, values

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[_Value]:
        return map(self.values.__getitem__, self.codes)

    @overload
    def __getitem__(self, row: int) -> _Value: ...
    @overload
    def __getitem__(self, row: slice) -> Coded[_Value]: ...
    def __getitem__(self, row: int | slice) -> _Value | Coded[_Value]:
        if isinstance(row, slice):
            return Coded(self.codes[row], self.values)
        return self.values[self.codes[row]]


def alike(keys: Iterable[Hashable], values: Sequence[_Value]) -> Coded[_Value] | Sequence[_Value]:
    """The values, those of equal keys as one; as they are where few of them are alike.

    >>> list(alike("aabaaaaaaaaaaaaa", range(16)))[:4]
    [0, 0, 2, 0]
    """
    known: dict[Hashable, int] = {}
    codes = [known.setdefault(key, len(known)) for key in keys]
    if len(known) * _FEW > len(values):
        return values
    firsts = dict(zip(reversed(codes), reversed(values), strict=True))
    return Coded(codes, [firsts[code] for code in range(len(known))])


def of_each(read: Callable[[Any], _Written], values: Sequence[Any]) -> Sequence[_Written]:
    """What is read off each value, off those that are alike once.

    >>> of_each(len, ["a", "bc"])
    [1, 2]
    """
    if isinstance(values, Coded):
        return Coded(values.codes, of_each(read, values.values))
    return [read(value) for value in values]


def each_once(write: Callable[[Any], _Written], values: Sequence[Any]) -> Sequence[_Written]:
    """What each value of a column is written as; of what repeats one is written for all.

    >>> each_once(str, [1, True, 1])
    ['1', 'True', '1']
    """
    if isinstance(values, Coded):
        return Coded(values.codes, each_once(write, values.values))
    # 1, True and 1.0 are equal, and three texts; a fraction takes long to look at
    equal = _SAME_WHEN_EQUAL.issuperset(map(type, values))
    keys = values if equal else list(map(id, values))
    different = dict(zip(keys, values, strict=True))
    if len(different) == len(keys):  # as names are
        return list(map(write, values))
    written = {key: write(value) for key, value in different.items()}
    return list(map(written.__getitem__, keys))


def filled(line: str, cells: Sequence[Iterable[Any]]) -> Iterator[str]:
    """A line a row, its cells in the places (`%s`) of a template.

    What the columns of few values say together is filled in once.

    >>> list(filled("%s: %s", [["a", "b"], [1, 2]]))
    ['a: 1', 'b: 2']
    """
    codes = next((column.codes for column in cells if isinstance(column, Coded)), None)
    if codes is None:
        return map(line.__mod__, zip(*cells, strict=True))
    together = [isinstance(column, Coded) and column.codes is codes for column in cells]
    few = [column.values for column in cells if isinstance(column, Coded) and column.codes is codes]
    rest = [column for column, is_of_few in zip(cells, together, strict=True) if not is_of_few]
    line = line.replace("%%", "%%%%")
    lines = []
    for said in zip(*few, strict=True):
        left = iter(said)
        places = [str(next(left)).replace("%", "%%") if one else "%s" for one in together]
        lines.append(line % tuple(places))
    others = zip(*rest, strict=True) if rest else itertools.repeat((), len(codes))
    return map(str.__mod__, map(lines.__getitem__, codes), others)


def in_pieces(lines: Iterable[str], between: str = "\n") -> Iterator[str]:
    """The text of lines, many of them in a piece.

    >>> list(in_pieces(["a", "b"], ", "))
    ['a, b']
    """
    before, left = "", iter(lines)
    while piece := list(itertools.islice(left, LINES)):
        yield before + between.join(piece)
        before = between
