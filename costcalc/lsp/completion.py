"""What can be typed at a place: half a line is no spec, so its text says where one is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from costcalc.errors import CostcalcError
from costcalc.language import (
    claim,
    claims,
    columns,
    fields,
    find,
    hyperparameters,
    quantities,
    tables,
)
from costcalc.language.blocks import root_of_another
from costcalc.language.forms import FORMS
from costcalc.language.nodes import Mapping as MappingNode
from costcalc.language.spec import INPUT, KEYS, TASKS, Spec
from costcalc.lsp.analysis import Analysis, bodies, names
from costcalc.ops import OPERATORS
from costcalc.records import NamedTuple
from costcalc.schema import tables as schema_of_tables

_FUNCTIONS = {
    "floor": "rounded down", "ceil": "rounded up", "round": "to the nearest whole number",
    "divisible": "to the nearest multiple, as MobileNetV2 does", "min": "", "max": "",
}  # fmt: skip
WORDS: dict[str, Iterable[str]] = {**schema_of_tables.WORDS, "form": FORMS}
"""Columns of words."""
VALUES: dict[str, Iterable[str]] = {
    "task": TASKS,
    "dtype": quantities.DTYPES,
    "params": fields.COUNTABLE,
    "quantity": (*quantities.COUNTED, *quantities.SHAPES, *quantities.RATIOS),
    "definition": quantities.DEFINITIONS,
    "bias": ("true", "false"),
}
"""Keys whose values are words."""
_COLUMNS = re.compile(r"columns:\s*\[([^\]]*)\]")
_SECTION = re.compile(r"([a-z]+)\s*:")
_OPEN_KEY = re.compile(r"([\w()/=.-]+)\s*:\s*[\[{]?\s*[\w./-]*$")
_QUOTED = re.compile("\"[^\"]*\"|'[^']*'")
_FAR = 400
"""How many lines above are looked at for the heads of the columns."""


class Offer(NamedTuple):
    """A word, what kind of thing it is, and what it means."""

    word: str
    kind: str
    says: str = ""


def completions(analysis: Analysis, line: int, column: int) -> list[Offer]:
    """The words that can stand at a place, each once."""
    before = analysis.source.line(line)[:column]
    found = _Place(analysis, line, before).offers()
    return list({offer.word: offer for offer in found}.values())


class _Place:
    """A place in a text: the lines above it, and what stands before it in its own."""

    def __init__(self, analysis: Analysis, line: int, before: str) -> None:
        self.analysis, self.number, self.before = analysis, line, before
        self.spec: Spec | None = analysis.spec
        self.above = [analysis.source.line(n) for n in range(max(0, line - _FAR), line)]

    def offers(self) -> Iterator[Offer]:
        if re.fullmatch(r"\w*", self.before):
            yield from _documented(KEYS, "key")
            return
        section = self._section()
        if section == "use":
            yield from self._blocks_of_others()
        elif section == "claims":
            yield from self._of_claims()
        elif section in ("network", "blocks"):
            yield from self._of_tables()
        elif section == "defaults":
            yield from self._of_defaults()
        elif section == "hyperparameters":
            yield from _documented(hyperparameters.KEYS, "key")
        else:
            yield from self._values(section)

    def _section(self) -> str:
        """The key of the spec in whose value the place is."""
        for text in [self.before, *reversed(self.above)]:
            found = _SECTION.match(text)
            if found is not None:
                return found[1]
        return ""

    def _values(self, section: str) -> Iterator[Offer]:
        key = self._key() or section
        if key in VALUES:
            yield from _words(VALUES[key])
        if section == "outputs":
            yield from self._tensors()
        if section == "implementation":
            yield from _words(FORMS if ":" in self.before else OPERATORS)
        if section in ("input", "counts"):
            yield from self._names() if section == "input" else _words(fields.COUNTABLE)

    def _key(self) -> str:
        """The key whose value begins at the place, "" where a key is written."""
        found = _OPEN_KEY.search(self.before)
        return found[1] if found is not None else ""

    # Tables and blocks.

    def _of_tables(self) -> Iterator[Offer]:
        opened = _opened(self.before)
        if re.search(r"columns:\s*\[[^\]]*$", self.before):
            yield from self._heads()
        elif opened is not None and opened.bracket == "{":
            key, called = self._key(), self._called(opened)
            yield from self._cells(key, called) if key else self._keys(called)
        elif opened is not None and opened.key in OPERATORS:
            yield from self._tensors()
        elif opened is not None:
            heads = self._heads_above()
            number = len(opened.cells) - 1
            head = heads[number] if number < len(heads) else ""
            yield from self._cells(head, self._called(opened))
        elif key := self._key():
            yield from self._cells(key, "")
        else:
            yield from _words((n for n, o in OPERATORS.items() if o.join), "function")
            known = {**tables.TABLE, **tables.BLOCK, **columns.COMMON}
            yield from _documented(known, "key")

    def _heads_above(self) -> list[str]:
        """The heads of the columns of a row: the nearest ones above."""
        for text in reversed(self.above):
            found = _COLUMNS.search(text)
            if found is not None:
                return [head.strip() for head in found[1].split(",")]
        return []

    def _called(self, opened: _Opened) -> str:
        """The operator or block that the row of a bracket calls."""
        if opened.op:
            return opened.op
        cells = dict(zip(self._heads_above(), opened.cells, strict=False))
        return cells.get("op", "")

    def _heads(self) -> Iterator[Offer]:
        yield from _documented({**columns.COMMON, **columns.FOLLOWERS}, "field")
        for name, operator in OPERATORS.items():
            yield from (Offer(argument, "field", f"of {name}") for argument in operator.arguments)
        for block in self.spec.blocks.values() if self.spec is not None else ():
            yield from (Offer(one, "field", f"of block {block.name}") for one in block.arguments)
        yield from (Offer(f"check({q})", "field", "as printed") for q in columns.CHECKABLE)

    def _keys(self, called: str) -> Iterator[Offer]:
        """The columns that a row of this operator or block can have."""
        operator = OPERATORS.get(called)
        if operator is not None:
            yield from (Offer(argument, "field", f"of {called}") for argument in operator.arguments)
            yield from _documented(columns.FOLLOWERS if operator.weighted else {}, "field")
        elif self.spec is not None and called in self.spec.blocks:
            yield from _words(self.spec.blocks[called].arguments, "field")
        yield from _documented(columns.COMMON, "field")
        yield from _documented(fields.PRINTED, "key")

    def _cells(self, column: str, called: str) -> Iterator[Offer]:
        """What can stand in a cell of a column."""
        name = column.partition("(")[0]
        if name == "op":
            yield from (Offer(n, "function", o.label) for n, o in OPERATORS.items() if not o.join)
            if self.spec is not None:
                yield from _words(self.spec.blocks, "class")
            return
        if name in ("from", "shares") or column in OPERATORS:
            yield from self._tensors()
            return
        if name in WORDS:
            yield from _words(WORDS[name], "value")
        elif name in VALUES:
            yield from _words(VALUES[name], "value")
        if name not in ("name", "check"):
            yield from self._names()
        if name == "size":  # of another tensor, most often
            yield from self._tensors()

    def _names(self) -> Iterator[Offer]:
        """Names of expressions, and functions."""
        if self.spec is not None:
            for one in self.spec.hyperparameters.values():
                yield Offer(one.name, "variable", one.help)
            if self._section() == "blocks":
                arguments = (a for b in self.spec.blocks.values() for a in b.arguments)
                yield from _words(arguments, "variable")
                yield Offer("cin", "variable", "channels of the block's input")
        sizes = {"h": "height", "w": "width", "c": "channels"}
        yield from (Offer(n, "variable", f"{s} of the row's input") for n, s in sizes.items())
        yield from _documented(_FUNCTIONS, "function")

    def _tensors(self) -> Iterator[Offer]:
        if self.spec is not None:
            inputs = (*self.spec.inputs, *([INPUT] if self.spec.blocks else []))
            yield from _words(dict.fromkeys(inputs), "reference")
            for body in bodies(self.spec, self.analysis.source.path):
                yield from _words(names(body), "reference")

    # The other sections.

    def _of_defaults(self) -> Iterator[Offer]:
        opened = _opened(self.before)
        if opened is None or opened.bracket != "{":
            yield from _words(OPERATORS, "function")
        elif key := self._key():
            yield from self._cells(key, opened.key)
        else:
            yield from self._keys(opened.key)

    def _blocks_of_others(self) -> Iterator[Offer]:
        found = re.search(r"([\w./-]+)\s*:\s*\[[^\]]*$", self.before)
        if found is None:
            yield from _words(find.names(), "module")
            return
        try:
            root = root_of_another(found[1], self.analysis.source.path)
        except CostcalcError:
            return
        blocks = root.get("blocks")
        if isinstance(blocks, MappingNode):
            yield from _words(blocks.entries, "class")

    def _of_claims(self) -> Iterator[Offer]:
        key = self._key()
        if re.search(r"columns:\s*\[[^\]]*$", self.before):
            yield from _documented(quantities.ABOUT, "field")
            yield from _documented({**quantities.COUNTED, **quantities.REPORTED}, "field")
            yield from _words(self.spec.hyperparameters if self.spec is not None else (), "field")
        elif key in claim.WORDS:
            yield from _documented(claim.WORDS[key], "value")
        elif key in VALUES:
            yield from _words(VALUES[key], "value")
        elif key == "network":
            yield from _words(find.names(), "module")
        elif key in ("rows_of", "without"):
            yield from self._tensors()
        else:
            known = {**claims.SINGLE, **claims.TABLE, **quantities.ABOUT}
            yield from _documented(known, "key")
            yield from _documented(fields.VERDICTS, "key")


class _Opened(NamedTuple):
    """The bracket that is open: which, behind which key; the cells of its row so far, its `op:`."""

    bracket: str
    key: str
    cells: list[str]
    op: str


def _opened(before: str) -> _Opened | None:
    """The innermost bracket that a line opens and does not close, none inside of quotes."""
    text = _QUOTED.sub(lambda found: "_" * len(found[0]), before)
    stack: list[int] = []
    for position, character in enumerate(text):
        if character in "[{(":
            stack.append(position)
        elif character in "]})" and stack:
            stack.pop()
    while stack and text[stack[-1]] == "(":
        stack.pop()
    if not stack:
        return None
    start = stack[-1]
    row = next((at for at in reversed(stack) if text[at] == "["), start)
    key = re.search(r"([\w/-]+)\s*:\s*$", text[:start])
    op = re.search(r"\bop:\s*([\w/-]+)", before)
    cells = [cell.strip() for cell in _flat(text[row + 1 :]).split(",")]
    return _Opened(text[start], key[1] if key else "", cells, op[1] if op else "")


def _flat(text: str) -> str:
    """A text without what stands in brackets."""
    while (shorter := re.sub(r"[\[{(][^\[\]{}()]*[\]})]", "", text)) != text:
        text = shorter
    return text


def _words(known: Iterable[str], kind: str = "value") -> Iterator[Offer]:
    if isinstance(known, Mapping) and all(isinstance(said, str) for said in known.values()):
        yield from _documented(known, kind)
    else:
        yield from (Offer(word, kind) for word in known)


def _documented(known: Mapping[str, str], kind: str) -> Iterator[Offer]:
    yield from (Offer(word, kind, says) for word, says in known.items())
