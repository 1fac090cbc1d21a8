"""A call of an operator in an exported program: its arguments by name, and what it writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costcalc.errors import CostcalcError
from costcalc.importers.composer import Composer
from costcalc.importers.pt2.program import Meta, Reference
from costcalc.safe_text import shortened


@dataclass(slots=True)
class Call:
    """An operator's word, its arguments in their order, and the names of its outputs.

    What is left out is missing from the arguments: it has its default.
    """

    word: str
    overload: str
    arguments: dict[str, Any]
    outputs: tuple[str, ...]
    metas: Mapping[str, Meta]

    @property
    def out(self) -> str:
        """The name of its first output."""
        return self.outputs[0]

    def option(self, name: str, default: Any = None) -> Any:
        """An argument as it is; the default where it is left out or None."""
        value = self.arguments.get(name)
        return default if value is None else value

    def at(self, index: int) -> Any:
        """An argument by its place, None where there are fewer."""
        return next(iter(list(self.arguments.values())[index : index + 1]), None)

    def tensor(self, key: int | str = 0) -> str:
        """An argument that is computed or stored. Raises `CostcalcError` where it is not."""
        value = self.at(key) if isinstance(key, int) else self.arguments.get(key)
        if not isinstance(value, Reference):
            raise self.error(f"has no tensor as its argument '{key}'")
        return value

    def optional(self, key: int | str) -> str:
        """A tensor, "" where it is left out."""
        value = self.at(key) if isinstance(key, int) else self.arguments.get(key)
        return "" if value is None else self.tensor(key)

    def operand(self, key: int | str, to: Composer) -> str:
        """A tensor, or the constant that a number is."""
        value = self.at(key) if isinstance(key, int) else self.arguments.get(key)
        if isinstance(value, int):
            return to.integer(int(value))
        return to.number(value) if isinstance(value, float) else self.tensor(key)

    def number(self, name: str, default: int) -> int:
        """A whole number that stands in the program."""
        return self.numbers(name, (default,))[0]

    def numbers(self, name: str, default: Sequence[int] = (), count: int = 0) -> tuple[int, ...]:
        """Whole numbers that stand in the program; a single one counts for all of `count`."""
        value = self.option(name)
        listed = value if isinstance(value, list) else [value]
        if value is None or (not listed and default):
            listed = list(default)
        if not all(isinstance(one, int) for one in listed):
            raise self.error(f"computes '{name}', which has to stand in the program")
        if count and len(listed) == 1:
            listed *= count
        if (count and len(listed) != count) or (not listed and default):
            raise self.error(f"has {len(listed)} numbers as '{name}'")
        return tuple(map(int, listed))

    def listed(self, name: str) -> list[str]:
        """The tensors of a list."""
        value = self.arguments.get(name)
        if not isinstance(value, list) or not all(isinstance(one, Reference) for one in value):
            raise self.error(f"has no list of tensors as '{name}'")
        return [str(one) for one in value]

    def sizes(self, key: int | str = 0) -> tuple[int | str, ...]:
        """The sizes of a tensor; those that are open are text."""
        return self.sizes_of(self.tensor(key))

    def sizes_of(self, name: str) -> tuple[int | str, ...]:
        """The sizes of a tensor, by its name."""
        if name not in self.metas:
            raise self.error(f"reads '{shortened(name)}', whose sizes are not said")
        return self.metas[name].sizes

    def rank(self, key: int | str = 0) -> int:
        """How many axes a tensor has."""
        return len(self.sizes(key))

    def axis(self, name: str, default: int = 0, more: int = 0) -> int:
        """An axis of the first argument, counted from the first; of one with `more` axes."""
        value, rank = self.number(name, default), max(1, self.rank() + more)
        if not -rank <= value < rank:
            raise self.error(f"has the axis {value} of {rank}")
        return value % rank

    def axes(self, name: str) -> tuple[int, ...]:
        """Axes of the first argument; all, where none is said."""
        rank = max(1, self.rank())
        return tuple(axis % rank for axis in self.numbers(name)) or tuple(range(self.rank()))

    def vector(self, values: Sequence[Any], to: Composer) -> str:
        """The tensor that a list of sizes is, some of which may be computed."""
        if all(isinstance(value, int) for value in values):
            return to.integers(map(int, values))
        if not all(isinstance(value, (int, Reference)) for value in values):
            raise self.error("has sizes that are no whole numbers")
        each = [
            to.emit("Unsqueeze", value, to.integers((0,)))
            if isinstance(value, Reference)
            else to.integers((value,))
            for value in values
        ]
        return to.emit("Concat", *each, axis=0)

    def error(self, message: str) -> CostcalcError:
        """An error with the call's name."""
        return CostcalcError(f"{self.word} '{shortened((self.outputs or ('',))[0])}' {message}")
