"""What a spec is made of, before any hyperparameter has a value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Any, cast

from costcalc.errors import Mark, Source
from costcalc.language.expressions import Expression
from costcalc.language.nodes import Mapping as Nodes
from costcalc.language.nodes import written
from costcalc.language.provenance import OWN_PAPER, Provenance
from costcalc.numbers.unknown import UNKNOWN, Unknown
from costcalc.records import NamedTuple

Single = int | Fraction | bool | str
"""One value."""
Value = Single | tuple[Single, ...]
"""What a hyperparameter can be: one value, or a list of several."""


class Cell:
    """One entry of a table: its text, and where it stands. Read when its column is known.

    A literal list, `[3, 5, 3]`, has `items`. `constant` is the number or window that a text is
    wherever it stands, once it was read as one: most cells are, and are read again and again.
    """

    __slots__ = ("_expression", "constant", "items", "mark", "quoted", "text")

    def __init__(
        self,
        text: str,
        quoted: bool,
        mark: Mark,
        items: tuple[Cell, ...] | None = None,
        expression: Expression | None = None,
    ) -> None:
        self.text, self.quoted, self.mark, self.items = text, quoted, mark, items
        self.constant: Any = None
        self._expression = expression

    @property
    def expression(self) -> Expression:
        """The cell as an expression. Raises `SpecError` where it is none."""
        if self._expression is None:
            self._expression = Expression(self.text, self.mark)
        return self._expression


class _UnknownExpression:
    """What stands for an expression that is not there, or wrong."""

    names: frozenset[str] = frozenset()

    def evaluate(self, _: object) -> Unknown:
        """Its value, which nobody knows."""
        return UNKNOWN


def unknown_cell(mark: Mark) -> Cell:
    """A cell in the place of one with a kept error."""
    return Cell("?", False, mark, expression=cast(Expression, _UnknownExpression()))


class Printed(NamedTuple):
    """What a source prints, and what the spec says of it.

    `verdict` is None where print and network are to agree, else "erratum", "ambiguous",
    "not reproducible" or "unverified" with its reason in `note`. `digits` is how many digits of a
    number count where the source rounds to fewer than it prints (15300 for 15346.6), `means` the
    number that a text without one stands for ("fixing the total FLOPs" means 1x).
    """

    text: str
    mark: Mark
    verdict: str | None = None
    note: str = ""
    stands_for: Cell | None = None
    unit: str = ""
    digits: int | None = None
    means: str = ""


class Hyperparameter(NamedTuple):
    """A typed, bounded setting: an option of the command.

    One with a `length` is a list of so many values (a kernel size for each block); `kind`,
    `choices` and bounds are those of its values.

    Where `by` names another hyperparameter, `defaults` has the defaults for values of that one
    (EfficientNet's resolution by variant); `default` is for the values not listed. One that
    `follows` it has its value.
    """

    name: str
    kind: str  # "integer", "decimal", "boolean" or "word"
    default: Value
    help: str
    choices: tuple[Single, ...]
    min: Fraction | int | None
    max: Fraction | int | None
    mark: Mark
    length: int | None = None
    by: str = ""
    defaults: Mapping[Value, Value] = {}
    follows: bool = False

    def default_under(self, settings: Mapping[str, Value]) -> Value:
        """The default, which another hyperparameter (`by`) may decide."""
        if self.follows:
            return settings[self.by]
        return self.defaults.get(settings[self.by], self.default) if self.by else self.default

    def element(self) -> Hyperparameter:
        """Of a list: what holds for each of its values."""
        default = self.default[0] if isinstance(self.default, tuple) else self.default
        return self._replace(default=default, length=None, by="", defaults={})


class Row:
    """One operator or block call of a table."""

    __slots__ = ("cells", "checks", "mark", "misprints", "operation", "table", "variants")

    def __init__(
        self,
        operation: Cell,
        cells: dict[str, Cell],
        variants: dict[str, list[tuple[dict[str, Value], Cell | None]]],
        checks: dict[str, Printed],
        misprints: dict[str, Printed],
        table: Table,
        mark: Mark,
    ) -> None:
        self.operation, self.cells, self.variants = operation, cells, variants
        self.checks, self.misprints, self.table, self.mark = checks, misprints, table, mark

    @property
    def when(self) -> Cell | None:
        """The condition under which the row exists."""
        return self.cells.get("when")


class Branch:
    """One branch of a join: rows from the tensor where the join starts, or from a named one.

    Without rows it is that tensor itself. It stands there `times`, once where nothing is said.
    """

    __slots__ = ("body", "source", "times", "when")

    def __init__(
        self,
        body: list[Step],
        when: Cell | None = None,
        source: Cell | None = None,
        times: Cell | None = None,
    ) -> None:
        self.body, self.when, self.source, self.times = body, when, source, times


class Join:
    """An operator of several inputs over branches: `concat: [up, c2]`."""

    __slots__ = ("branches", "cells", "mark", "operation")

    def __init__(
        self, operation: Cell, branches: list[Branch], cells: dict[str, Cell], mark: Mark
    ) -> None:
        self.operation, self.branches, self.cells, self.mark = operation, branches, cells, mark

    @property
    def when(self) -> Cell | None:
        """The condition under which the join exists."""
        return self.cells.get("when")


class Repeat:
    """`5x:` a body several times over; `rows:` one that stands there once, under a condition."""

    __slots__ = ("body", "mark", "times", "when")

    def __init__(self, times: Cell | None, body: list[Step], when: Cell | None, mark: Mark) -> None:
        self.times, self.body, self.when, self.mark = times, body, when, mark


class Unreadable:
    """A step with a kept error: all that may be known of it is the name that it gives."""

    when: Cell | None = None

    def __init__(self, mark: Mark, cells: dict[str, Cell]) -> None:
        self.mark, self.cells = mark, cells


class Table:
    """Rows under columns: a table of the paper, or the body of a block."""

    def __init__(
        self,
        title: str,
        body: list[Step],
        scale: dict[str, Cell],
        first: tuple[str, ...],
        when: Cell | None,
        mark: Mark,
        source: Provenance = OWN_PAPER,
    ) -> None:
        self.title, self.body, self.scale, self.first = title, body, scale, first
        self.when, self.mark, self.source = when, mark, source


Step = Row | Join | Repeat | Unreadable


def steps(body: Iterable[Step]) -> Iterator[Step]:
    """Every step of a body, inside of repeats and branches too."""
    for step in body:
        yield step
        if isinstance(step, Repeat):
            yield from steps(step.body)
        elif isinstance(step, Join):
            for branch in step.branches:
                yield from steps(branch.body)


def words(cells: Iterable[Cell | None]) -> set[str]:
    """Every word that cells say, in lists too: whatever they look at, they say its name."""
    said: set[str] = set()
    for cell in cells:
        if cell is not None:
            said.update(re.findall(r"\w+", cell.text) if cell.items is None else words(cell.items))
    return said


class OtherSpec(NamedTuple):
    """A spec whose blocks the one of a `user` has: what it declares and that one does not.

    Its `blocks`, those that it uses of others too, are each by the reference that `user` has.
    """

    hyperparameters: Nodes
    user: Source
    blocks: Mapping[str, str]

    def block(self, name: str) -> str:
        """How to use another block of it; "" where it has none of that name."""
        if name not in self.blocks:
            return ""
        theirs, ours = self.hyperparameters.mark.source.shown, self.user.shown
        return (
            f"a block of {theirs}, which this one calls: use it in {ours} too\n"
            f"use: {{{self.blocks[name]}: [{name}]}}"
        )

    def needed(self, name: str, words: Collection[str] = ()) -> str:
        """How to declare a hyperparameter of it, and those among `words`; "" where it has none."""
        if name not in self.hyperparameters.entries:
            return ""
        those = {n: node for n, node in self.hyperparameters.entries.items() if n in {name, *words}}
        lines = (f"  {n}: {written(node, leave_out=('help',))}" for n, node in those.items())
        return "\n".join(
            [
                f"the block reads what {self.hyperparameters.mark.source.shown} declares:"
                f" declare it in {self.user.shown} too",
                "hyperparameters:",
                *lines,
            ]
        )


class Block:
    """A body with arguments.

    A repeat of a call has for its input and arguments what the one before calls so, where `next`
    says that. One of another spec is `from_other`, which knows what that one declares for it.
    """

    def __init__(
        self,
        name: str,
        arguments: tuple[str, ...],
        defaults: dict[str, Cell],
        table: Table,
        mark: Mark,
        from_other: OtherSpec | None = None,
        next_: Mapping[str, Cell] = {},
    ) -> None:
        self.name, self.arguments, self.defaults, self.next = name, arguments, defaults, next_
        self.table, self.mark, self.from_other = table, mark, from_other
        self._words: frozenset[str] | None = None

    @property
    def words(self) -> frozenset[str]:
        """Every word in it, and what it calls: whatever it looks at, it says its name."""
        if self._words is None:
            said = words([*self.defaults.values(), *self.table.scale.values()])
            for step in steps(self.table.body):
                said |= words(_cells_of(step))
                if isinstance(step, Row | Join):
                    said.add(step.operation.text)
                if isinstance(step, Row):  # columns are chosen by hyperparameters
                    said |= {n for choices in step.variants.values() for c, _ in choices for n in c}
            self._words = frozenset(said)
        return self._words


def _cells_of(step: Step) -> Iterator[Cell | None]:
    """The cells of a step, those of the steps inside of it apart."""
    yield step.when
    if isinstance(step, Repeat):
        yield step.times
        return
    yield from step.cells.values()
    if isinstance(step, Row):
        yield from (cell for choices in step.variants.values() for _, cell in choices)
    elif isinstance(step, Join):
        for branch in step.branches:
            yield from (branch.when, branch.source, branch.times)
