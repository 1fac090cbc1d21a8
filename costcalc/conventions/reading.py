"""Convention files: where they are, and how their text becomes a `Convention`."""

from __future__ import annotations

import functools
import os

from costcalc.conventions.convention import ANY_FORM, MOVEMENT, Assumption, Convention, Rule
from costcalc.conventions.facts import FACTS
from costcalc.errors import CostcalcError, Source, SpecError, suggest
from costcalc.language import fields
from costcalc.language.find import EXTENSION, is_path
from costcalc.language.forms import BIASES, FORMS, STARTS, read_forms
from costcalc.language.model import Cell
from costcalc.language.nodes import Mapping, Node, Scalar, read
from costcalc.language.reader import read_source
from costcalc.language.references import divide_reference
from costcalc.ops import OPERATORS

KEYS = {
    "name": "what it is called in headers; else the file's name",
    "version": "of the tool",
    "about": "what its headline number is, in a line",
    "source": "where its rules were read",
    "figures": "what it counts, each with its unit; the first is the headline number",
    "params": "an expression over the facts of a layer: what it calls params",
    "assumes": "forms of layers that it takes for granted",
    "constants": "what an element of a model file's node adds, by its operator",
    "otherwise": "what operators without a rule cost",
    "rules": "what each operator costs, and each form of it where they differ",
}
"""The keys of a convention."""
RULE = {
    "op": "the operator, or several; data movement are all that compute nothing",
    "form": "the form of the layer, or several; else any",
    "params": "its params, where they are others than the convention's",
    "once": "vectors that an exporter stores once where they are equal, and their lengths",
    "why": "the reason, as explain says it",
    "refused": "why the tool does not take it",
}
"""The keys of a rule, beside the figures of the convention."""
ASSUMPTION = {
    "of": "the operator, or biases",
    "is": "the form it is taken to have",
    "else": "the form that it may have, too",
    "why": "the reason",
}
"""The keys of an assumption."""
OTHERWISE = {"zero": "nothing", "error": "it is refused"}
"""What `otherwise` may say in a word; else it states a number for each figure."""
FOLDER = os.path.dirname(os.path.abspath(__file__))


def names() -> list[str]:
    """The conventions that ship: the paper's and the frameworks' first, then the tools."""
    return list(_names())


@functools.cache
def _names() -> tuple[str, ...]:
    found = sorted(
        entry.removesuffix(EXTENSION) for entry in os.listdir(FOLDER) if entry.endswith(EXTENSION)
    )
    first = ["paper", "framework", "flops"]
    return (*first, *(name for name in found if name not in first))


def load_convention(reference: str) -> Convention:
    """A convention by name, or a user's own by path; behind a colon the implementation's forms.

    >>> load_convention("onnx-tool:biases=trained").forms
    {'biases': 'trained'}

    Raises `CostcalcError` for what is none.
    """
    name, forms = divide_reference(reference)
    convention = _load(name)
    if forms is None:
        return convention
    told = convention.of_implementation(read_forms(forms, f"--convention {name}"))
    return told._replace(key=f"{convention.key}:{forms}")


@functools.cache
def _shipped(name: str) -> Convention:
    return parse(read_source(os.path.join(FOLDER, name + EXTENSION)))


def _load(reference: str) -> Convention:
    if reference in _names():
        return _shipped(reference)
    if is_path(reference):
        return parse(read_source(reference, "a convention is a YAML file"))
    hint = suggest(reference, names(), "conventions")
    raise CostcalcError(f"unknown convention '{reference}'\n{hint}")


def parse(source: Source) -> Convention:
    """The convention a file states. Raises `SpecError` with the place of what is wrong."""
    key = os.path.splitext(os.path.basename(source.path))[0]
    root = fields.mapping(read(source), "a convention")
    fields.known_keys(root, KEYS, "a convention")
    figures = _figures(root.get("figures"))
    otherwise = fields.required(root, "otherwise", "a convention")
    return Convention(
        key=key,
        name=fields.text(root.get("name"), "name") or key,
        version=fields.text(root.get("version"), "version"),
        about=fields.text(root.get("about"), "about"),
        source=fields.text(root.get("source"), "source"),
        figures=figures,
        params=_expression(fields.required(root, "params", "a convention")),
        otherwise=read_otherwise(otherwise, figures),
        rules=read_rules(root.get("rules"), figures),
        assumes=_assumptions(root.get("assumes")),
        mark=otherwise.mark,
        constants=_constants(root.get("constants")),
    )


def _constants(node: Node | None) -> dict[str, int]:
    """What an element costs that a file computes of constants, by ONNX's word for the operator."""
    if node is None:
        return {}
    entries = fields.mapping(node, "constants").entries
    return {name: int(fields.number(each, name) or 0) for name, each in entries.items()}


def _figures(node: Node | None) -> dict[str, str]:
    if node is None:
        return {}
    entries = fields.mapping(node, "figures")
    for name, mark in entries.keys.items():
        if not name.isidentifier() or name in RULE:
            raise SpecError(f"'{name}' cannot name a figure", mark)
    return {name: fields.text(unit, name) for name, unit in entries.entries.items()}


def read_otherwise(node: Node, figures: dict[str, str]) -> Rule | None:
    """The rule of operators that have none: no costs for zero, None for an error."""
    if isinstance(node, Scalar):
        if node.text not in OTHERWISE:
            raise SpecError(
                f"otherwise is '{node.text}'",
                node.mark,
                "it is zero, error, or a number for each figure: {macs: out}",
            )
        return None if node.text == "error" else Rule({}, None, {}, "", node.mark)
    entries = fields.mapping(node, "otherwise")
    fields.known_keys(entries, (*figures, "why"), "otherwise")
    return Rule(
        costs={
            name: _expression(entries.entries[name]) for name in figures if name in entries.entries
        },
        params=None,
        once={},
        why=fields.text(entries.get("why"), "why"),
        mark=entries.mark,
    )


def read_rules(node: Node | None, figures: dict[str, str]) -> dict[tuple[str, str], Rule]:
    """The rules of a list, by operator and form, over the names of figures.

    Raises `SpecError` at an operator, form, figure or expression that is none.
    """
    rules: dict[tuple[str, str], Rule] = {}
    for item in fields.sequence(node, "rules") if node is not None else ():
        entries = fields.mapping(item, "a rule")
        fields.known_keys(entries, (*RULE, *figures), "a rule")
        params, once = entries.get("params"), entries.get("once")
        rule = Rule(
            costs={n: _expression(entries.entries[n]) for n in figures if n in entries.entries},
            params=_expression(params) if params is not None else None,
            once=_once(once) if once is not None else {},
            why=fields.text(entries.get("why"), "why"),
            mark=entries.mark,
            refused=fields.text(entries.get("refused"), "refused"),
        )
        for op in _words(entries, "op", (*OPERATORS, MOVEMENT), "operators"):
            for form in _words(entries, "form", tuple(FORMS), "forms") or [
                Scalar("", False, op.mark)
            ]:
                key = op.text, form.text or ANY_FORM
                if key in rules:
                    first = rules[key].mark
                    raise SpecError(
                        f"a second rule for {op.text}{f' as {form.text}' if form.text else ''}",
                        op.mark,
                        f"first on line {first.line + 1}",
                    )
                rules[key] = rule
    return rules


def _assumptions(node: Node | None) -> tuple[Assumption, ...]:
    """What the convention takes for granted: `{of: gelu, is: module, else: operator, why: ...}`."""
    found = []
    for item in fields.sequence(node, "assumes") if node is not None else ():
        entries = fields.mapping(item, "an assumption")
        fields.known_keys(entries, ASSUMPTION, "an assumption")
        of = _word(entries, "of", (*OPERATORS, BIASES), "operators")
        known = tuple(STARTS if of == BIASES else FORMS)
        is_, other = (_word(entries, key, known, "forms") for key in ("is", "else"))
        found.append(Assumption(of, is_, other, fields.text(entries.get("why"), "why")))
    return tuple(found)


def _word(entries: Mapping, key: str, known: tuple[str, ...], what: str) -> str:
    fields.scalar(fields.required(entries, key, "an assumption"), key)
    (word,) = _words(entries, key, known, what)
    return word.text


def _words(entries: Mapping, key: str, known: tuple[str, ...], what: str) -> list[Scalar]:
    """One word or a list of them under a key, each known."""
    node = entries.get(key)
    if node is None:
        if key == "op":
            raise SpecError("a rule needs 'op'", entries.mark)
        return []
    items = [node] if isinstance(node, Scalar) else fields.sequence(node, key)
    words = [fields.scalar(item, key) for item in items]
    for word in words:
        if word.text not in known:
            hint = suggest(word.text, known, what)
            raise SpecError(f"unknown {what[:-1]} '{word.text}'", word.mark, hint)
    return words


def _once(node: Node) -> dict[str, Cell]:
    entries = fields.mapping(node, "once")
    return {holds: _expression(length) for holds, length in entries.entries.items()}


def _expression(node: Node) -> Cell:
    """An expression over the facts of a layer; unknown names are found now, not in use."""
    cell = fields.cell(node, "an expression")
    cell.expression.require(FACTS)
    return cell
