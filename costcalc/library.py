"""Networks by reference, a built-in spec, a file of one or a model file, each read once."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

from costcalc.errors import Source, SpecError
from costcalc.importers import LEFT_OUT, READ, is_model
from costcalc.language import limits
from costcalc.language.blocks import root_of_another
from costcalc.language.find import find, names
from costcalc.language.grammar import parse
from costcalc.language.heading import read_heading
from costcalc.language.reader import STDIN, as_source, read_source, status, stdin
from costcalc.language.spec import Heading, Spec
from costcalc.recovery import raising


def spec_of(path: str, data: bytes, read_used: Callable[[str], Source]) -> Spec:
    """The spec that a file of this path holds: a spec, or a model.

    `read_used` reads the files that a spec uses. Raises `CostcalcError`.
    """
    if is_model(path):
        from costcalc.importers.build import read_content  # nothing to pay unless asked for

        return read_content(path, data)
    return parse(as_source(path, data), read_used)


def most_bytes(path: str) -> int:
    """How large a file of this path may be."""
    return limits.MODEL_BYTES if is_model(path) else limits.FILE_BYTES


@functools.lru_cache(maxsize=256)
def _parsed(path: str, changed: int, size: int) -> Spec:
    if is_model(path):
        from costcalc.importers.build import read_model  # nothing to pay unless asked for

        return read_model(path)
    source = as_source(path, stdin()) if path == STDIN else read_source(path)
    try:
        return parse(source)
    except SpecError as error:
        error.found_in = (source, None)
        raise


def load_spec(reference: str | os.PathLike[str], beside: str = "") -> Spec:
    """The spec of a built-in name or a file, a relative path seen from the file `beside`; of `-`
    what is written to stdin, a spec or a model file.

    Raises `CostcalcError` for what is none.
    """
    path = find(reference, beside)
    changed = size = 0
    if path != STDIN:
        found = status(path, "a network is a spec (YAML) or a model file")
        changed, size = found.st_mtime_ns, found.st_size
    try:
        with raising():
            spec = _parsed(path, changed, size)
    except SpecError:
        if beside:
            root_of_another(str(reference), beside)
        raise
    if spec.uncounted:
        UNCOUNTED[path] = spec.uncounted
    return spec


def built_in() -> list[Heading]:
    """The headings of the built-in specs, by year: of each file its first lines are read."""
    found = (read_heading(read_source(find(name))) for name in names())
    return sorted(found, key=lambda heading: (heading.year or 0, heading.key))


UNCOUNTED: dict[str, dict[str, int]] = {}
"""The operators that were left out of each model file, and how often each stands there."""


def leave_out(*operators: str) -> None:
    """Count model files without some operators, which are taken to change no shape.

    Args:
        operators: their names in the file, as the error about them has it: "NonMaxSuppression".
            All others are counted again. What a command writes then says what it left out.

    Example: `leave_out("NonMaxSuppression")`
    """
    if set(operators) != LEFT_OUT:
        LEFT_OUT.clear()
        LEFT_OUT.update(operators)
        _parsed.cache_clear()
    UNCOUNTED.clear()


def keep_zeros(read: bool = True) -> None:
    """Read the weights of model files, and count as kept those that are not zero.

    Args:
        read: whether; False, and their number is enough again.

    Example: `keep_zeros()`
    """
    if READ.zeros != read:
        READ.zeros = read
        _parsed.cache_clear()
