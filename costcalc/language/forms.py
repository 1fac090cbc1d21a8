"""How an implementation writes a network: words that the costs do not depend on, but tools do."""

from __future__ import annotations

from costcalc.errors import Mark, Source, SpecError, suggest
from costcalc.language import aliases, fields
from costcalc.language.model import Cell
from costcalc.language.nodes import Node
from costcalc.ops import OPERATORS

ABSENT = "absent"
FORMS = {
    "module": "the framework's own class; where it has none its usual way (`a + b`, `a @ b`)",
    "functional": "functions called by name in `forward` (`F.relu`, `torch.add`, `torch.matmul`)",
    "operator": "written out, with operators and tensors' own functions (`x * x.sigmoid()`)",
    "mean": "a mean over axes",
    "linear": "a linear layer in place of a 1x1 convolution",
    "conv": "a 1x1 convolution in place of a linear layer",
    "custom": "a class of one's own that derives from the framework's",
    ABSENT: "not at all: the implementation leaves it out",
}
"""The forms of a layer, and what each means."""
BIASES = "biases"
ZEROS, RANDOM, TRAINED, STORED = "zeros", "random", "trained", "stored"
STARTS = {
    ZEROS: "zeros, as many initialisations have it",
    RANDOM: "random numbers",
    TRAINED: "those of a trained model, where no two vectors are equal",
    STORED: "as a model file has them: whatever an exporter folds or stores once is done",
}
"""What biases start as, which decides what an exporter stores once."""


def read_implementation(node: Node | None) -> dict[str, str]:
    """A spec's `implementation`: the form of every layer of an operator, the start of biases.

    Raises `SpecError` for an unknown operator or word.
    """
    if node is None:
        return {}
    entries = fields.mapping(node, "implementation")
    fields.known_keys(entries, (*OPERATORS, BIASES), "implementation")
    for name, value in entries.entries.items():
        _require_known(name, fields.cell(value, name))
    return {name: fields.text(value, name) for name, value in entries.entries.items()}


def read_forms(text: str, option: str) -> dict[str, str]:
    """The same as one types it: `gpool=mean,biases=random`.

    Raises `SpecError`, whose place is in the text of the option, for what is none.
    """
    source, found = Source(option, text), dict[str, str]()
    start = 0
    for part in text.split(","):
        name, equals, word = part.partition("=")
        mark = Mark(source, 0, start, len(part))
        if not equals:
            raise SpecError(
                f"'{part}' is no form of an operator", mark, "write OPERATOR=FORM, as gpool=mean"
            )
        if name not in OPERATORS and name != BIASES:
            known = (*OPERATORS, BIASES)
            raise SpecError(
                f"unknown operator '{name}'",
                mark.inside(0, len(name)),
                aliases.hint(name, known, "operators"),
            )
        if name in found:
            raise SpecError(f"'{name}' has two forms", mark)
        _require_known(name, Cell(word, False, mark.inside(len(name) + 1, len(word))))
        found[name] = word
        start += len(part) + 1
    return found


def _require_known(name: str, word: Cell) -> None:
    if name != BIASES:
        known_form(word)
    elif word.text not in STARTS:
        hint = suggest(word.text, STARTS, "biases start as")
        raise SpecError(f"unknown start '{word.text}'", word.mark, hint)


def known_form(cell: Cell | None) -> None:
    """Raise `SpecError` for a form nobody knows."""
    if cell is not None and cell.text not in FORMS:
        raise SpecError(
            f"unknown form '{cell.text}'", cell.mark, suggest(cell.text, FORMS, "forms")
        )
