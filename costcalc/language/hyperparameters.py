"""Hyperparameters: typed, bounded settings, and what suits them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import fields, limits
from costcalc.language.expressions import STRIDE
from costcalc.language.model import Hyperparameter, Single, Value
from costcalc.language.nodes import Mapping, Node
from costcalc.language.quantities import REPORTED, SWEPT
from costcalc.numbers.symbol import write_number
from costcalc.numbers.unknown import UNKNOWN, Unknown
from costcalc.recovery import keep

KEYS = {
    "default": "its value unless told otherwise; it says the kind, too: 1.0 is a decimal",
    "by": "defaults that another hyperparameter decides: {variant: {b1: 240}}",
    "help": "what --help says of it",
    "choices": "its only values",
    "min": "the least value",
    "max": "the largest value",
}
"""The keys of a hyperparameter."""
_NAME = re.compile(r"[A-Za-z]\w*", re.ASCII)
TAKEN = ("c", "h", "w", "cin", "i", "true", "false", "and", "or", "not")


def read_hyperparameters(node: Node | None) -> dict[str, Hyperparameter]:
    """Every hyperparameter of a spec. Raises `SpecError` for a default that does not suit."""
    if node is None:
        return {}
    entries = fields.mapping(node, "hyperparameters")
    found = {}
    for name, value in entries.entries.items():
        try:
            found[name] = _hyperparameter(name, entries, value)
        except SpecError as error:
            keep(error)
            found[name] = _unknown(name, entries.keys[name])
    for name, value in entries.entries.items():
        by = value.get("by") if isinstance(value, Mapping) else None
        if by is not None:
            try:
                found[name] = _read_by(found[name], fields.mapping(by, "by"), found)
            except SpecError as error:
                keep(error)
    for name, one in found.items():
        if one.default in found and not one.choices and not one.by:
            try:
                found[name] = _following(one, found[str(one.default)])
            except SpecError as error:
                keep(error)
                found[name] = _unknown(name, one.mark)
    return found


def _unknown(name: str, mark: Mark) -> Hyperparameter:
    """A hyperparameter of which something is wrong: its name is known, its value is not."""
    return Hyperparameter(name, "decimal", UNKNOWN, "", (), None, None, mark)  # type: ignore[arg-type]


def _following(parameter: Hyperparameter, other: Hyperparameter) -> Hyperparameter:
    """`height: {default: res}`: a hyperparameter that has the value of another one unless told."""
    if other.by or other.length is not None or other is parameter or other.kind == "word":
        raise SpecError(
            f"{parameter.name} cannot follow {other.name}",
            parameter.mark,
            "a default names a hyperparameter of one value with a default of its own",
        )
    return parameter._replace(kind=other.kind, default=other.default, by=other.name, follows=True)


def _read_by(
    parameter: Hyperparameter, by: Mapping, all_: dict[str, Hyperparameter]
) -> Hyperparameter:
    """`by: {variant: {b1: 240, b2: 260}}`: defaults that another hyperparameter decides."""
    if len(by.entries) != 1:
        raise SpecError("by names one other hyperparameter", by.mark, "by: {variant: {b1: 240}}")
    ((other, listed),) = by.entries.items()
    independent = [
        n for n, p in all_.items() if not p.by and p.length is None and n != parameter.name
    ]
    if other not in independent:
        hint = suggest(
            other, independent, "hyperparameters of one value with a default of their own"
        )
        raise SpecError(f"by names no hyperparameter '{other}'", by.keys[other], hint)
    values = fields.mapping(listed, f"the defaults by {other}")
    defaults: dict[Value, Value] = {}
    for key, node in values.entries.items():
        setting, default = fields.literal(key), fields.setting(node, "default")
        problem = unsuitable(all_[other], setting)
        if problem:
            raise SpecError(f"{other} {problem}", values.keys[key])
        problem = unsuitable(parameter, default)
        if problem:
            raise SpecError(f"the default of {parameter.name} {problem}", node.mark)
        defaults[setting] = default
    return parameter._replace(by=other, defaults=defaults)


NAMES = (
    "a letter, then letters, digits and _; no keyword of Python, no stride as s2,"
    f" none of {', '.join(TAKEN)}"
)
"""What names a hyperparameter or an argument, in words."""


COLUMNS = ("network", *SWEPT, *REPORTED)
"""The columns of a sweep that are no settings."""


def can_name(word: str) -> bool:
    """Whether a word can be a name in expressions, where it has no other meaning."""
    taken = word in TAKEN or keyword.iskeyword(word) or STRIDE.fullmatch(word)
    return bool(_NAME.fullmatch(word)) and not taken


def _hyperparameter(name: str, entries: Mapping, node: Node) -> Hyperparameter:
    mark = entries.keys[name]
    if not can_name(name):
        raise SpecError(
            f"'{name}' cannot name a hyperparameter",
            mark,
            NAMES,
        )
    if name in COLUMNS:
        raise SpecError(
            f"'{name}' cannot name a hyperparameter: a column of every sweep is called so",
            mark,
            "name the hyperparameter otherwise",
        )
    if not isinstance(node, Mapping):
        default = fields.setting(node, name)
        kind, length = _kind(*_singles(default)), _length(default)
        return Hyperparameter(name, kind, default, "", (), None, None, mark, length)
    said = fields.mapping(node, name)
    fields.known_keys(said, KEYS, f"hyperparameter {name}")
    default_node = fields.required(said, "default", f"hyperparameter {name}")
    default = fields.setting(default_node, "default")
    choices_node = said.get("choices")
    choices = (
        ()
        if choices_node is None
        else tuple(
            fields.value(item, "a choice") for item in fields.sequence(choices_node, "choices")
        )
    )
    result = Hyperparameter(
        name=name,
        kind=_kind(*_singles(default), *choices),
        default=default,
        help=fields.text(said.get("help"), "help"),
        choices=choices,
        min=fields.number(said.get("min"), "min"),
        max=fields.number(said.get("max"), "max"),
        mark=mark,
        length=_length(default),
    )
    problem = unsuitable(result, default)
    if problem:
        raise SpecError(f"the default of {name} {problem}", default_node.mark)
    return result


def _singles(value: Value) -> tuple[Single, ...]:
    return value if isinstance(value, tuple) else (value,)


def _length(value: Value) -> int | None:
    return len(value) if isinstance(value, tuple) else None


def _kind(*values: Single) -> str:
    if all(isinstance(v, bool) for v in values):
        return "boolean"
    if any(isinstance(v, str | bool) for v in values):
        return "word"
    return "integer" if all(isinstance(v, int) for v in values) else "decimal"


def unsuitable(parameter: Hyperparameter, value: Value) -> str:
    """Why a value does not suit a hyperparameter; "" if it does."""
    if parameter.length is None:
        return _unsuitable(parameter, value)
    if not isinstance(value, tuple):
        return f"must be a list of {parameter.length} values, not {show_value(value)}"
    if len(value) != parameter.length:
        return f"must be a list of {parameter.length} values, not of {len(value)}"
    problems = ((i, _unsuitable(parameter, one)) for i, one in enumerate(value, 1))
    return next((f"at index {i} {problem}" for i, problem in problems if problem), "")


_KINDS: dict[str, tuple[Callable[[Hyperparameter, Value], bool], str]] = {
    "boolean": (lambda _, value: isinstance(value, bool), "true or false"),
    "word": (lambda one, value: isinstance(value, str) or value in one.choices, "a word"),
    "integer": (lambda _, value: isinstance(value, int) and not isinstance(value, bool),
                "a whole number"),
    "decimal": (lambda _, value: not isinstance(value, bool | str | tuple), "a number"),
}  # fmt: skip
"""Whether a value is of a kind, and what a kind is called."""


def _unsuitable(parameter: Hyperparameter, value: Value) -> str:
    if isinstance(parameter.default, Unknown):
        return ""
    fits, called = _KINDS[parameter.kind]
    if not fits(parameter, value):
        return f"must be {called}, not {show_value(value)}"
    if parameter.choices and value not in parameter.choices:
        return (
            f"must be one of {', '.join(map(show_value, parameter.choices))},"
            f" not {show_value(value)}"
        )
    if not isinstance(value, str | bool | tuple):
        if parameter.min is not None and value < parameter.min:
            return f"must be at least {show_value(parameter.min)}, not {show_value(value)}"
        if parameter.max is not None and value > parameter.max:
            return f"must be at most {show_value(parameter.max)}, not {show_value(value)}"
        if abs(value.numerator) > limits.NUMBER * value.denominator:
            return f"is beyond {limits.NUMBER:,}, the limit"
    return ""


def show_value(value: Value) -> str:
    """A hyperparameter's value as one would type it."""
    if isinstance(value, tuple):
        return f"[{','.join(map(show_value, value))}]"
    return str(value).lower() if isinstance(value, bool) else write_number(value)
