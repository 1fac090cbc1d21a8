"""Where the builder is: the names in sight, and the names it gives."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from costcalc.errors import SpecError
from costcalc.graph.model import ExpandedRow
from costcalc.language.model import Join, Row, Step
from costcalc.numbers.dimensions import Shape

_HEAD, _DIGITS = "[^/.]*", "0123456789"


class Scope:
    """Where the builder is: in the network itself or in one call of a block.

    `env` has every name in sight: hyperparameters, the block's arguments, `cin`, `i`, and the
    current tensor's `h`, `w`, `c`. `body` are the steps of the network or block, for errors about
    names of tensors. `handed` is what a call says of all layers inside, beside the arithmetic:
    `keep`, `bits`. `unsure` are names, without their numbers, that another row has where some step
    is not, and what is raised then.
    """

    def __init__(
        self,
        env: dict[str, Any],
        body: Sequence[Step],
        path: str = "",
        block: str = "",
        row: ExpandedRow | None = None,
        handed: Mapping[str, Any] = {},
    ) -> None:
        self.env, self.body, self.handed = env, body, handed
        self.path, self.block, self.row = path, block, row
        self.index = ""
        self.names: dict[int, str] = {}
        self.taken: set[str] = set()
        self.counters: dict[str, int] = {}
        self.unsure: dict[str, Exception] = {}

    def name(self, step: Row | Join) -> str:
        """The step's name in its scope: as written, else its operation with a running number."""
        known = self.names.get(id(step))
        if known is not None:
            return known
        written = step.cells.get("name")
        if written is not None:
            name = written.text
            if name in self.taken:
                if name in self.names.values():
                    raise SpecError(f"a second row is named '{name}'", written.mark)
                raise SpecError(
                    f"'{name}' is an input here: a row is called otherwise", written.mark
                )
        else:
            base = _base(step.operation.text)
            number = self.counters.get(base, 0) + 1
            while (name := f"{base}{number}") in self.taken:
                number += 1
            self.counters[base] = number
        self.names[id(step)] = name
        self.taken.add(name)
        return name

    @contextmanager
    def only_some(self, differs: Exception) -> Iterator[None]:
        """While a step is built that only some configurations have: later numbers differ."""
        before = set(self.taken)
        yield
        self.unsure |= {name.rstrip(_DIGITS): differs for name in self.taken - before}

    def require_sure(self, word: str) -> None:
        """Raise what `only_some` was told, where a word may be another row's name."""
        if self.unsure:
            differs = self.unsure.get(re.match(_HEAD, word)[0].rstrip(_DIGITS))  # type: ignore[index]
            if differs is not None:
                raise differs

    def at(self, shape: Shape) -> dict[str, Any]:
        """Every name in sight where the current tensor has this shape."""
        self.env["h"], self.env["w"], self.env["c"] = shape[:3]
        return self.env

    def repeat(self, i: int | None) -> None:
        """`i` is the number of the repeat; outside of every repeat there is none."""
        if i is None:
            self.env.pop("i", None)
        else:
            self.env["i"] = i


@functools.lru_cache(maxsize=1024)
def _base(operation: str) -> str:
    """What rows of an operation are called, but for their number."""
    base = operation.replace("/", "_")
    return f"{base}_" if base[-1].isdigit() else base
