"""The whole of a spec: from its tree to what it says."""

from __future__ import annotations

import os
import re

from costcalc.errors import Source, SpecError, suggest
from costcalc.ops import OPERATORS
from costcalc.spec import claims, fields, tables
from costcalc.spec.model import Block, Cell, Hyperparameter, Spec, Table, Value
from costcalc.spec.reader import Mapping, Node, Scalar, read

KEYS = (
    "name",
    "paper",
    "hyperparameters",
    "input",
    "counts",
    "defaults",
    "blocks",
    "network",
    "claims",
)
COUNTABLE = ("weights", "biases", "norm")
"""What `counts: {params: […]}` may list: the facts that can be called parameters."""
_NAME = re.compile(r"[A-Za-z_]\w*")
_TAKEN = ("c", "h", "w", "cin", "i", "true", "false", "and", "or", "not")


def parse(source: Source) -> Spec:
    """The spec a source holds. Raises `CostcalcError` with the place of what is wrong."""
    root = read(source)
    key = os.path.splitext(os.path.basename(source.path))[0]
    if not isinstance(root, Mapping):
        raise SpecError(
            "a spec must be a mapping (key: value)", root.mark, f"keys: {', '.join(KEYS)}"
        )
    fields.known_keys(root, KEYS, "a spec")
    hyperparameters = _hyperparameters(root.get("hyperparameters"))
    blocks = root.get("blocks")
    block_nodes = fields.mapping(blocks, "blocks") if blocks is not None else None
    scope = tables.Scope(hyperparameters, _calls(block_nodes))
    return Spec(
        key=key,
        name=fields.text(root.get("name"), "name") or key,
        paper=fields.text(root.get("paper"), "paper"),
        source=source,
        hyperparameters=hyperparameters,
        input=_input(fields.required(root, "input", "a spec")),
        counts=_counts(root.get("counts")),
        defaults=_defaults(root.get("defaults"), scope),
        blocks=_blocks(block_nodes, scope),
        network=_network(fields.required(root, "network", "a spec"), scope),
        claims=claims.read_claims(root.get("claims"), hyperparameters),
    )


def _hyperparameters(node: Node | None) -> dict[str, Hyperparameter]:
    if node is None:
        return {}
    entries = fields.mapping(node, "hyperparameters")
    return {name: _hyperparameter(name, entries, value) for name, value in entries.entries.items()}


def _hyperparameter(name: str, entries: Mapping, node: Node) -> Hyperparameter:
    mark = entries.keys[name]
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise SpecError(
            f"'{name}' cannot name a hyperparameter",
            mark,
            f"letters, digits and _, and none of {', '.join(_TAKEN)}",
        )
    if isinstance(node, Scalar):
        default = fields.value(node, name)
        return Hyperparameter(name, _kind(default), default, "", (), None, None, mark)
    said = fields.mapping(node, name)
    fields.known_keys(said, ("default", "help", "choices", "min", "max"), f"hyperparameter {name}")
    default_node = fields.required(said, "default", f"hyperparameter {name}")
    default = fields.value(default_node, "default")
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
        kind=_kind(default, *choices),
        default=default,
        help=fields.text(said.get("help"), "help"),
        choices=choices,
        min=fields.number(said.get("min"), "min"),
        max=fields.number(said.get("max"), "max"),
        mark=mark,
    )
    problem = unsuitable(result, default)
    if problem:
        raise SpecError(f"the default of {name} {problem}", default_node.mark)
    return result


def _kind(*values: Value) -> str:
    if all(isinstance(v, bool) for v in values):
        return "boolean"
    if any(isinstance(v, str | bool) for v in values):
        return "word"
    return "integer" if all(isinstance(v, int) for v in values) else "decimal"


def unsuitable(parameter: Hyperparameter, value: Value) -> str:
    """Why a value does not suit a hyperparameter; "" if it does."""
    kind = parameter.kind
    fits = {
        "boolean": isinstance(value, bool),
        "word": isinstance(value, str) or value in parameter.choices,
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "decimal": not isinstance(value, bool | str),
    }[kind]
    if not fits:
        names = {
            "boolean": "true or false",
            "word": "a word",
            "integer": "a whole number",
            "decimal": "a number",
        }
        return f"must be {names[kind]}, not {show_value(value)}"
    if parameter.choices and value not in parameter.choices:
        return (
            f"must be one of {', '.join(map(show_value, parameter.choices))},"
            f" not {show_value(value)}"
        )
    if not isinstance(value, str | bool):
        if parameter.min is not None and value < parameter.min:
            return f"must be at least {show_value(parameter.min)}, not {show_value(value)}"
        if parameter.max is not None and value > parameter.max:
            return f"must be at most {show_value(parameter.max)}, not {show_value(value)}"
    return ""


def show_value(value: Value) -> str:
    """A hyperparameter's value as one would type it."""
    from costcalc.symbol import write_number

    return str(value).lower() if isinstance(value, bool) else write_number(value)


def _calls(blocks: Mapping | None) -> dict[str, tuple[str, ...]]:
    """What can be called, with the columns each takes."""
    calls = {
        name: (*operator.arguments, *(tables.FOLLOWERS if operator.weighted else ()))
        for name, operator in OPERATORS.items()
    }
    for name, node in (blocks.entries if blocks is not None else {}).items():
        if name in calls:
            assert blocks is not None
            raise SpecError(f"'{name}' is an operator already", blocks.keys[name])
        calls[name] = fields.word_list(fields.mapping(node, f"block {name}").get("args"), "args")
    return calls


def _blocks(nodes: Mapping | None, scope: tables.Scope) -> dict[str, Block]:
    if nodes is None:
        return {}
    blocks = {}
    for name, node in nodes.entries.items():
        entries = fields.mapping(node, f"block {name}")
        arguments = scope.calls[name]
        defaults_node = entries.get("defaults")
        defaults = {}
        if defaults_node is not None:
            given = fields.mapping(defaults_node, "defaults")
            fields.known_keys(given, arguments, f"the defaults of {name}")
            defaults = {key: fields.cell(value, key) for key, value in given.entries.items()}
        body = tables.table(node, scope, f"block {name}", ("args", "defaults"))
        blocks[name] = Block(name, arguments, defaults, body, nodes.keys[name])
    return blocks


def _network(node: Node, scope: tables.Scope) -> list[Table]:
    sections = [tables.table(item, scope, "a table") for item in fields.sequence(node, "network")]
    if not sections:
        raise SpecError("the network has no tables", node.mark)
    return sections


def _input(node: Node) -> tuple[Cell, Cell, Cell]:
    cells = [fields.cell(item, "a size of the input") for item in fields.sequence(node, "input")]
    if len(cells) != 3:
        raise SpecError("input needs three sizes: [height, width, channels]", node.mark)
    return cells[0], cells[1], cells[2]


def _counts(node: Node | None) -> tuple[str, ...]:
    """What the paper calls params; all trainable parameters unless it says otherwise."""
    if node is None:
        return COUNTABLE
    entries = fields.mapping(node, "counts")
    fields.known_keys(entries, ("params",), "counts")
    return countable(fields.required(entries, "params", "counts"))


def countable(node: Node) -> tuple[str, ...]:
    """A list of facts that are counted as params."""
    for item in fields.sequence(node, "params"):
        word = fields.scalar(item, "an entry of params")
        if word.text not in COUNTABLE:
            raise SpecError(
                f"'{word.text}' cannot be counted as params",
                word.mark,
                suggest(word.text, COUNTABLE, "params are"),
            )
    return fields.word_list(node, "params")


def _defaults(node: Node | None, scope: tables.Scope) -> dict[str, dict[str, Cell]]:
    if node is None:
        return {}
    result = {}
    entries = fields.mapping(node, "defaults")
    for name, given_node in entries.entries.items():
        if name not in OPERATORS:
            raise SpecError(
                f"unknown operator '{name}'",
                entries.keys[name],
                suggest(name, OPERATORS, "operators"),
            )
        given = fields.mapping(given_node, f"the defaults of {name}")
        fields.known_keys(given, scope.calls[name], f"the defaults of {name}")
        result[name] = {key: fields.cell(value, key) for key, value in given.entries.items()}
    return result
