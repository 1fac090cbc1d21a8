"""Tensors and their names: what a row, a branch or an output of a spec can refer to.

A tensor's name is the path of the layer that writes it: `c3`, in a block `stage4/branch2`, of a
repeat `stage4.2`; without the number it is the last repeat's, and `stage4.*` are those of all.
Inside a block only its own names are in sight.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from costcalc.errors import Mark, SpecError, near, suggest
from costcalc.graph.scope import Scope
from costcalc.language.expressions import say
from costcalc.language.model import Cell, Join, Repeat, Row, Step, Unreadable, steps
from costcalc.numbers.conditions import constrained_to
from costcalc.numbers.dimensions import Kernel, Shape
from costcalc.records import NamedTuple
from costcalc.recovery import FollowUp

if TYPE_CHECKING:
    from costcalc.graph.calls import Move

EVERY = ".*"
"""What stands behind a name for the tensors of every repeat."""


class Tensor(NamedTuple):
    """The output of a layer (or an input of the network): the layer's index, and the shape."""

    layer: int
    shape: Shape

    def __str__(self) -> str:
        return "a tensor"


class Named(NamedTuple):
    """What a name stands for: a tensor, and the layers of the row that has the name.

    `context` says of which configurations of an array it is: those that have a certain repeat,
    or (None) all. `differs` is raised where others refer to it.
    """

    tensor: Tensor
    layers: range
    context: Any = None
    differs: Exception | None = None


class Names:
    """Every name given so far, by its full path.

    `present` says which configurations of an array have what is being built: those that have a
    certain repeat, or (None) all. `differs` is raised where others would refer to it.
    """

    def __init__(self, calls: Iterable[str] = ()) -> None:
        """`calls` are the operators and blocks after which rows without a name are called."""
        self._calls = set(calls)
        self.present: Any = None
        self.differs: Exception | None = None
        self._named: dict[str, Named] = {}
        self._unknown: set[str] = set()
        self._last: dict[str, str] = {}
        self._moves: dict[str, Move] = {}

    @contextmanager
    def only(self, here: Any, differs: Exception) -> Iterator[Any]:
        """While something is built that is only where `here` is 1; what its layers have for that.

        Raises `differs` for what is an error there: where it is not, it would be none.
        """
        outer = self.present, self.differs
        self.present = here if self.present is None else self.present * here
        self.differs = differs
        try:
            with constrained_to(self.present):
                yield self.present
        except SpecError:
            raise differs from None
        finally:
            self.present, self.differs = outer

    def give(self, path: str, tensor: Tensor, layers: range) -> None:
        """Give the output of some layers a name."""
        self._named[path] = Named(tensor, layers, self.present, self.differs)

    def give_moved(self, path: str, move: Move) -> None:
        """Give what a call has inside the names that it has in one that is the same."""
        self._moves[path] = move

    def give_unknown(self, path: str, name: str, tensor: Tensor) -> None:
        """Give the output of a step with a kept error its name, where it has one.

        Names inside of it are not known either.
        """
        self._unknown.add(path + name)
        if name:
            self.give(path + name, tensor, range(0))

    def tensor(self, cell: Cell, scope: Scope) -> Tensor:
        """The tensor that a word of the spec names. Raises `SpecError` where there is none."""
        handed = scope.env.get(cell.text)
        if isinstance(handed, Tensor):
            return handed
        scope.require_sure(cell.text)
        found = self._find(cell.text, scope.path, scope.index)
        if found is None and handed is not None:
            raise SpecError(f"'{cell.text}' is {say(handed)} here, not a tensor", cell.mark)
        return self.named(cell, scope).tensor

    def every(self, cell: Cell, scope: Scope) -> list[Tensor]:
        """The tensor of every repeat: `m.*`, `u.*/skip`. Where there is no repeat there is none.

        Raises `SpecError` for a name of no row.
        """
        head, _, rest = cell.text.partition(EVERY)
        index = scope.index
        found = self._repeats(f"{scope.path}{head}{index}", scope.path)
        while not found and index:
            index = index.rpartition(".")[0]
            found = self._repeats(f"{scope.path}{head}{index}", scope.path)
        if not found and self._may_be_unknown(head, scope.path):
            raise FollowUp(cell.mark)
        if not found and all(is_later(mark, cell) for _, mark in called(head, scope.body)):
            raise self._none(cell, scope)
        named = [self._look_up(path + rest) for path in found]
        if None in named:
            raise self._none(cell, scope)
        return [self._everywhere(one).tensor for one in named if one is not None]

    def _repeats(self, begin: str, path: str) -> list[str]:
        """The paths of what a row became in each repeat, by what they begin with."""
        found = []
        for name in reversed(self._named):  # those of the body that is being built are the last
            if not name.startswith(path):
                break
            rest, *numbers = name.removeprefix(begin).split(".")
            if not rest and all(map(str.isdigit, numbers)) and name not in self._last:
                found.append(name)
        return found[::-1]

    def inside(self, path: str, cell: Cell) -> Tensor:
        """The tensor that is called so in the call of a block at a path.

        Raises `SpecError` where there is none.
        """
        found = self._find(cell.text, path, "")
        if found is None and self._may_be_unknown(cell.text, path):
            raise FollowUp(cell.mark)
        if found is None:
            hint = suggest(cell.text, self._here(path), "tensors")
            raise SpecError(f"no tensor is named '{cell.text}'", cell.mark, hint)
        return self._everywhere(found).tensor

    def handed(self, cell: Cell, scope: Scope) -> Tensor | None:
        """The tensor that a call hands to its block, None where the cell is none's name."""
        text = cell.text
        handed = scope.env.get(text)
        if isinstance(handed, Tensor):
            return handed
        if text in scope.env or not (text in scope.taken or "/" in text or "." in text):
            return None  # a number, most often: not looked for
        scope.require_sure(text)
        found = self._find(text, scope.path, scope.index)
        return None if found is None else self._everywhere(found).tensor

    def size(self, cell: Cell, scope: Scope) -> Kernel | None:
        """How high and wide the tensor is that a cell names, None where it is no name of one.

        Raises `SpecError` for the name of a row that is not there yet, or for one that is nearly
        a tensor's and nothing else's.
        """
        if cell.quoted or cell.items is not None:
            return None
        tensor = self.handed(cell, scope)
        if tensor is not None:
            return Kernel(tensor.shape.h, tensor.shape.w)
        head = re.split("[/.]", cell.text, maxsplit=1)[0]
        if head.isidentifier() and head not in scope.env:
            here = set(self._here(scope.path))
            nearly = near(head, here | scope.env.keys()) in here
            if nearly or any(called(head, scope.body)):
                self.named(cell, scope)
        return None

    def named(self, cell: Cell, scope: Scope) -> Named:
        """What a word stands for. Raises `SpecError` where that is nothing."""
        scope.require_sure(cell.text)
        found = self._find(cell.text, scope.path, scope.index)
        if found is None:
            if self._may_be_unknown(cell.text, scope.path):
                raise FollowUp(cell.mark)
            if EVERY in cell.text:
                raise SpecError(
                    f"'{cell.text}' is not one tensor: it is those of all repeats",
                    cell.mark,
                    f"they are branches of a join, concat: [{cell.text}]",
                )
            if isinstance(scope.env.get(cell.text), Tensor):
                raise SpecError(
                    f"'{cell.text}' is a tensor of outside, and no row of this block",
                    cell.mark,
                    "weights are shared by rows of one body: share them where the block is called",
                )
            raise self._none(cell, scope)
        return self._everywhere(found)

    def _none(self, cell: Cell, scope: Scope) -> SpecError:
        """Why a word is no tensor."""
        from costcalc.graph.unknown import unknown_tensor  # only where one is none

        handed = (name for name, value in scope.env.items() if isinstance(value, Tensor))
        known = dict.fromkeys((*self._here(scope.path), *handed))
        return unknown_tensor(cell, known, scope.body, self._inside(cell.text, scope.path))

    def _may_be_unknown(self, word: str, path: str) -> bool:
        """Whether a step with a kept error may have given a name: in it, or the same with a number.

        The automatic name of one that has none is not known.
        """
        head = re.split("[/.]", word, maxsplit=1)[0]
        called = head.rstrip("0123456789")
        automatic = called != head and {called, called.removesuffix("_")} & self._calls
        return bool(automatic and path in self._unknown) or path + head in self._unknown

    def at(self, path: str) -> Named:
        """What has a full path, which is known to be there."""
        return self._everywhere(self._named[path])

    def _everywhere(self, found: Named) -> Named:
        """The same, if every configuration that is built here has it."""
        if found.differs is not None and found.context is not self.present:
            raise found.differs
        return found

    def add_last(self, path: str, of: str, differs: Exception | None = None) -> None:
        """`path` is the last one of a repeat: `of`.

        Where the configurations of an array differ in how many repeats there are, `differs` is
        raised for whoever refers to it.
        """
        if of in self._named and path not in self._named:
            named = self._named[of]
            context = named.context if differs is None else differs
            self._named[path] = named._replace(context=context, differs=differs or named.differs)
            self._last[path] = of

    def _look_up(self, path: str) -> Named | None:
        """What has a full path: in a call that was moved, what has it where that is from."""
        found = self._named.get(path)
        if found is not None or not self._moves:
            return found
        end = path.find("/") + 1
        while end:
            move = self._moves.get(path[:end])
            if move is not None:
                found = move.names._look_up(move.path + path[end:])
                return None if found is None else move.named(found)
            end = path.find("/", end) + 1
        return None

    def _find(self, word: str, path: str, index: str) -> Named | None:
        """What a word stands for in the block call at `path`, in the repeats of `index`."""
        head, slash, rest = word.partition("/")
        while True:
            begin = f"{path}{head}{index}"
            found = self._look_up(f"{begin}{slash}{rest}")
            if found is None and slash and begin in self._last:
                found = self._look_up(f"{self._last[begin]}/{rest}")
            if found is not None or not index:
                return found
            index = index.rpartition(".")[0]

    def _inside(self, word: str, path: str) -> str:
        """The path from here to what has a name inside of a block, "" where nothing has it."""
        found = (n for n in self._named if n.startswith(path) and n.endswith(f"/{word}"))
        return next(found, "")[len(path) :]

    def _here(self, path: str) -> Iterator[str]:
        """The names in sight in the block call at `path`."""
        for name in self._named:
            if name.startswith(path) and "/" not in name[len(path) :]:
                yield name[len(path) :]


def called(name: str, body: Iterable[Step]) -> Iterator[tuple[Row | Join | Unreadable, Mark]]:
    """The steps that are called so, and where each is."""
    for step in steps(body):
        own = None if isinstance(step, Repeat) else step.cells.get("name")
        if own is not None and own.text == name and not isinstance(step, Repeat):
            yield step, own.mark


def is_later(mark: Mark, cell: Cell) -> bool:
    """Whether a place comes after that of a cell."""
    return (mark.line, mark.column) > (cell.mark.line, cell.mark.column)


def require_free(argument: str, body: Iterable[Step]) -> None:
    """Raise `SpecError` where a row is called like an argument of its block that is a tensor."""
    for _, mark in called(argument, body):
        raise SpecError(
            f"'{argument}' is a tensor of outside here: a row is called otherwise", mark
        )
