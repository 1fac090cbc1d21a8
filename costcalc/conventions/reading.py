"""Convention files: where they are, and how their text becomes a `Convention`."""

from __future__ import annotations

import functools
import os
from functools import partial

from costcalc.conventions.convention import ANY_FORM, MOVEMENT, Assumption, Convention, Rule
from costcalc.conventions.facts import FACTS
from costcalc.errors import CostcalcError, Source, SpecError, suggest
from costcalc.language import fields
from costcalc.language.find import EXTENSION, is_path
from costcalc.language.forms import BIASES, FORMS, STARTS, read_forms
from costcalc.language.model import Cell, unknown_cell
from costcalc.language.nodes import Mapping, Node, Scalar, read
from costcalc.language.reader import read_source
from costcalc.language.references import divide_reference
from costcalc.ops import OPERATORS
from costcalc.recovery import FollowUp, keep, keeping, read_or, read_whole

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
        return read_whole(read_source(reference, "a convention is a YAML file"), parse)
    hint = suggest(reference, names(), "conventions")
    raise CostcalcError(f"unknown convention '{reference}'\n{hint}")


def parse(source: Source) -> Convention:
    """The convention a file states. Raises `SpecError` with the place of what is wrong."""
    key = os.path.splitext(os.path.basename(source.path))[0]
    root = fields.mapping(read(source), "a convention")
    fields.known_keys(root, KEYS, "a convention")
    figures = read_or(lambda: _figures(root.get("figures")), None)
    otherwise = read_or(lambda: fields.required(root, "otherwise", "a convention"), None)
    params = read_or(lambda: fields.required(root, "params", "a convention"), None)
    return Convention(
        key=key,
        name=_said(root, "name") or key,
        version=_said(root, "version"),
        about=_said(root, "about"),
        source=_said(root, "source"),
        figures=figures or {},
        params=unknown_cell(root.mark) if params is None else _expression(params),
        otherwise=None
        if otherwise is None or figures is None
        else read_or(lambda: read_otherwise(otherwise, figures), None),
        rules={}
        if figures is None
        else read_or(lambda: read_rules(root.get("rules"), figures), {}),
        assumes=read_or(lambda: _assumptions(root.get("assumes")), ()),
        mark=root.mark if otherwise is None else otherwise.mark,
        constants=read_or(lambda: _constants(root.get("constants")), {}),
    )


def _said(root: Mapping, key: str) -> str:
    return read_or(partial(fields.text, root.get(key), key), "")


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
            keep(SpecError(f"'{name}' cannot name a figure", mark))
    return {
        name: fields.text(unit, name) for name, unit in entries.entries.items() if name not in RULE
    }


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
        with keeping():
            _read_rule(fields.mapping(item, "a rule"), figures, rules)
    return rules


def _read_rule(
    entries: Mapping, figures: dict[str, str], rules: dict[tuple[str, str], Rule]
) -> None:
    """Add a rule to those before it, for each of its operators and forms."""
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
    forms = [ANY_FORM]
    if "form" in entries.entries:
        forms = [word.text for word in _words(entries, "form", tuple(FORMS), "forms")] or forms
    for op in _words(entries, "op", (*OPERATORS, MOVEMENT), "operators"):
        for form in forms:
            if first := rules.get((op.text, form)):
                keep(
                    SpecError(
                        f"a second rule for {op.text}{f' as {form}' if form else ''}",
                        op.mark,
                        f"first on line {first.mark.line + 1}",
                    )
                )
            rules[op.text, form] = rule


def _assumptions(node: Node | None) -> tuple[Assumption, ...]:
    """What the convention takes for granted: `{of: gelu, is: module, else: operator, why: ...}`."""
    found = []
    for item in fields.sequence(node, "assumes") if node is not None else ():
        with keeping():
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
    node = fields.required(entries, key, "a rule")
    items = [node] if isinstance(node, Scalar) else fields.sequence(node, key)
    words = [fields.scalar(item, key) for item in items]
    unknown = [word for word in words if word.text not in known]
    for word in unknown:
        hint = suggest(word.text, known, what)
        keep(SpecError(f"unknown {what[:-1]} '{word.text}'", word.mark, hint))
    if unknown:
        raise FollowUp(entries.mark)
    return words


def _once(node: Node) -> dict[str, Cell]:
    entries = fields.mapping(node, "once")
    return {holds: _expression(length) for holds, length in entries.entries.items()}


def _expression(node: Node) -> Cell:
    """An expression over the facts of a layer; unknown names are found now, not in use."""
    with keeping():
        cell = fields.cell(node, "an expression")
        cell.expression.require(FACTS)
        return cell
    return unknown_cell(node.mark)
