"""The heads of columns, and what cells may stand under them: of every row, or of what it calls."""

from __future__ import annotations

import re
from collections.abc import Collection

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import aliases, fields, torn
from costcalc.language.model import Hyperparameter, OtherSpec, Value
from costcalc.language.nodes import Node, Scalar
from costcalc.language.numerals import UNITS
from costcalc.language.quantities import COUNTED
from costcalc.records import NamedTuple
from costcalc.recovery import FollowUp, keep

COMMON = {
    "op": "the operator or block that the row calls",
    "name": "the name of its output, for from, branches, outputs and claims",
    "from": "the tensor where it starts; else the one before it",
    "n": "how often it stands one after another",
    "when": "the condition under which it exists",
    "shares": "the row whose weights it uses",
    "own": "the operator whose parameters are its own all the same, as batch_norm",
    "keep": "the share of its weights that pruning keeps",
    "bits": "the bits in which each of its weights is stored",
    "bias_bits": "those of each of its biases, where they are others",
    "buffers": "the share of its weights that is stored and no parameter, as a blur's filter",
    "bias_buffers": "that of its biases",
    "form": "how an implementation writes the layer",
}
"""Columns that every row may have."""
FOLLOWERS = {"norm": "the normalisation behind it", "act": "the activation behind that"}
"""Columns of operators with weights, for the layers that follow them."""
UNSCALED = (*(c for c in COMMON if c != "n"), *FOLLOWERS)
"""Columns whose cells are no numbers of the network, so that `scale` has nothing to do there."""
OF_JOIN = ("name", "from", "when", "form")
"""Those of `COMMON` that a join has too."""
ONE_CELL = ("op", "name", "when")
"""Columns without variants: they say which row this is."""
CHECKABLE = (
    "in",
    "out",
    "size",
    *(q for q in COUNTED if q != "cost" and not q.endswith(("size", "memory"))),
)
"""What a `check(…)` column can hold against the network."""

_COLUMN = re.compile(r"([A-Za-z_]\w*)(?:\((.*)\))?")

ANY = "*"
"""In the place of the names of missing blocks: nobody knows which ones there are."""


class Column(NamedTuple):
    """A column's head: `out`, `check(in)`, `keep(s1x1)`, or the variant `out(g=1)`.

    One with a kept error has no name.
    """

    name: str
    check: str = ""
    unit: str = ""
    variant: dict[str, Value] | None = None


class Scope(NamedTuple):
    """What names mean while tables are read: settings, and what may be called how."""

    hyperparameters: dict[str, Hyperparameter]
    calls: dict[str, tuple[str, ...]]
    """Every operator and block, with the columns it takes."""
    missing: Collection[str] = ()
    """The blocks of which nothing but the name is known, because of a kept error."""
    columns: Collection[str] = ()
    """Every column that something here takes."""
    in_block: bool = False
    from_other: OtherSpec | None = None
    """The spec in which the block stands that is read, where that is another one."""

    @classmethod
    def of(
        cls,
        hyperparameters: dict[str, Hyperparameter],
        calls: dict[str, tuple[str, ...]],
        missing: Collection[str],
    ) -> Scope:
        """What names mean in the tables of a spec's network."""
        columns = dict.fromkeys((*COMMON, *(a for taken in calls.values() for a in taken)))
        return cls(hyperparameters, calls, missing, columns)


def read_columns(node: Node | None, scope: Scope) -> list[Column]:
    """The heads of a table's columns; one with a kept error has no name."""
    if node is None:
        return []
    columns: list[Column] = []
    seen = set()
    for item in fields.sequence(node, "columns"):
        try:
            head = fields.scalar(item, "a column")
            if head.text in seen:
                raise SpecError(f"column '{head.text}' is given twice", head.mark)
            seen.add(head.text)
            columns.append(read_column(head, scope))
        except SpecError as error:
            keep(error)
            columns.append(Column(""))
    return columns


def read_column(head: Scalar, scope: Scope, called: str = "") -> Column:
    """A column's head; of a single row, which says what it calls, one that this takes."""
    match = _COLUMN.fullmatch(head.text)
    if match is None:
        hint = (torn.quotes(head.mark) or torn.COMMA) if head.text.endswith(")") else ""
        raise SpecError(f"'{head.text}' is no column name", head.mark, hint)
    name, inner = match.groups()
    if inner is None:
        _known_column(name, head.mark, scope, called)
        return Column(name)
    if name == "check":
        return _checked_column(inner, head.mark)
    if name == "keep":
        return Column(head.text)
    _known_column(name, head.mark, scope, called)
    if name in ONE_CELL:
        raise SpecError(
            f"'{name}' is the same for all settings",
            head.mark,
            "write a row of its own for each, with when",
        )
    return Column(name, variant=_condition(inner, head.mark, scope))


def _checked_column(inner: str, mark: Mark) -> Column:
    """`check(out)`, or with the unit the paper prints in: `check(mult_adds(M))`."""
    quantity, _, unit = inner.removesuffix(")").partition("(")
    if quantity not in CHECKABLE:
        raise SpecError(
            f"'{quantity}' cannot be checked", mark, suggest(quantity, CHECKABLE, "check takes")
        )
    if unit not in UNITS:
        raise SpecError(f"unknown unit '{unit}'", mark, suggest(unit, UNITS, "units"))
    return Column("check", check=quantity, unit=unit)


def _known_column(name: str, mark: Mark, scope: Scope, called: str) -> None:
    """A column must be taken by something that can be called here, a row's by what it calls."""
    if name in scope.columns:
        return
    if scope.missing:
        raise FollowUp(mark)  # one of the missing blocks may take it
    if called in scope.calls:
        raise not_taken(name, mark, called, scope)
    raise SpecError(f"unknown column '{name}'", mark, aliases.hint(name, scope.columns, "columns"))


def not_taken(name: str, mark: Mark, called: str, scope: Scope) -> SpecError:
    """Why a row cannot have a column: what it calls has another, or none that is like it."""
    hint = aliases.answer(name, (*scope.calls[called], *COMMON)) or aliases.hint(
        name, scope.calls[called], f"{called} takes"
    )
    return SpecError(f"{called} takes no '{name}'", mark, hint)


def _condition(written: str, mark: Mark, scope: Scope) -> dict[str, Value]:
    """The settings a variant column is for: `g=1`, `reading=paper,version=1.1`."""
    condition: dict[str, Value] = {}
    for part in written.split(","):
        key, equals, text = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise SpecError(
                f"'{part.strip()}' is no condition", mark, "a variant column reads out(g=1)"
            )
        if key not in scope.hyperparameters:
            raise SpecError(
                f"unknown hyperparameter '{key}'",
                mark,
                (scope.from_other and scope.from_other.needed(key))
                or suggest(key, scope.hyperparameters, "hyperparameters"),
            )
        if scope.hyperparameters[key].length is not None:
            raise SpecError(
                f"'{key}' is a list: it cannot choose a column",
                mark,
                f"write a row for each case, with when: {key}[1] == {text}",
            )
        condition[key] = fields.literal(text)
    return condition
