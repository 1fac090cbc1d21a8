"""Equal parts after each other, as one that stands there several times."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.drawing.parts import Looks, Part

LONGEST = 16
"""The most parts of a body that repeats."""


def together(parts: Sequence[Part], looks: Looks) -> list[Part]:
    """Equal parts after each other as one of several, and equal bodies of several parts."""
    if not looks.together:
        return list(parts)
    made: list[Part] = []
    index = 0
    while index < len(parts):
        size, count = _repeat_at(parts, index, looks)
        run = parts[index : index + size * count]
        made.append(run[0] if count == 1 else _several(run, size, count))
        index += size * count
    return made


def index_of(label: str) -> tuple[str, int]:
    """The name of a repeated row and which repeat it is, 0 for none."""
    name, dot, number = label.rpartition(".")
    return (name, int(number)) if dot and number.isdecimal() else (label, 0)


def _repeat_at(parts: Sequence[Part], index: int, looks: Looks) -> tuple[int, int]:
    """How many parts are a body that stands there how often, from here on."""
    for size in range(1, min(LONGEST, (len(parts) - index) // 2) + 1):
        count = 1
        while _again(parts, index + (count - 1) * size, size, looks):
            count += 1
        if count > 1:
            return size, count
    return 1, 1


def _again(parts: Sequence[Part], index: int, size: int, looks: Looks) -> bool:
    """Whether the parts behind some are the same again, one after another or side by side."""
    first, second = parts[index : index + size], parts[index + size : index + 2 * size]
    if len(second) < size:
        return False
    pairs = list(zip(first, second, strict=True))
    if all(looks.alike(a, b, following=True) for a, b in pairs):
        return max(looks.readers_of(first), default=0) < second[-1].end
    if all(looks.alike(a, b, following=False) for a, b in pairs):
        return looks.readers_of(first) == looks.readers_of(second)
    return False


def _several(run: Sequence[Part], size: int, count: int) -> Part:
    """A run of equal parts as one, or of equal bodies."""
    first, last = run[0], run[-1]
    if size == 1:
        name, number = index_of(first.label)
        label = f"{name}.{number}–{number + count - 1}" if number else first.label
        return Part(
            first.begin, last.end, first.key, label, first.type, first.content(),
            count, closable=first.closable, times=count, step=first.step,
        )  # fmt: skip
    body = list(run[:size])
    for part in body:  # it stands for all rounds
        part.label = index_of(part.label)[0] if part.times == 1 else part.label
    return Part(
        first.begin, last.end, f"{first.key}…{body[-1].key}", "", "", body, count,
        closable=False, times=count,
    )  # fmt: skip
