"""The file in which a project names its networks, and what each may cost.

It is `costcalc.yaml`, or the table `[tool.costcalc]` of a `pyproject.toml` with the same keys; the
nearest one upwards.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple

from costcalc.control.quantities import BYTES, QUANTITIES
from costcalc.errors import CostcalcError, Mark, Source, SpecError, at, suggest
from costcalc.graph.execution import Execution, execution
from costcalc.language import aliases, fields
from costcalc.language.amounts import read_amount
from costcalc.language.find import as_text
from costcalc.language.find import names as built_in
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Spec, Value
from costcalc.language.nodes import Mapping, Node, Scalar, Sequence, read
from costcalc.language.numerals import BYTE_UNITS, UNITS, read_number
from costcalc.language.reader import read_source
from costcalc.language.settings import read_value
from costcalc.language.toml import read_toml
from costcalc.library import load_spec
from costcalc.network import Network, read_convention, split_reference

NAME, PYPROJECT = "costcalc.yaml", "pyproject.toml"
KEYS = ("networks", "budgets")
NETWORK_KEYS = ("spec", "at", "dtype", "batch", "convention", "unfused", "flash")
BUDGET_KEYS = ("network", "max", "grow", "because", "level")
LEVELS = ("error", "warning")
WHAT = "the file of a project"
LoadSpec = Callable[[str], Spec]
"""What reads the spec of a name or path: from a disk, or of a revision."""


class Setting(NamedTuple):
    """A hyperparameter's value, and where it is given."""

    value: Value
    mark: Mark


class Target(NamedTuple):
    """One of a project's networks under one choice of its hyperparameters.

    `name` is that of the network, with the settings behind it where it stands there under
    several; `spec` a built-in name or a path.
    """

    name: str
    network: str
    spec: str
    settings: dict[str, Setting]
    execution: Execution
    convention: str | None
    mark: Mark

    def load(self, load: LoadSpec = load_spec) -> Network:
        """Build the network. Raises `SpecError` at the file or the spec that is wrong."""
        try:
            spec = load(self.spec)
            convention = read_convention(self.convention)
        except SpecError:
            raise
        except CostcalcError as error:
            raise at(self.mark, error) from None
        given = {}
        for name, (value, mark) in self.settings.items():
            if name not in spec.hyperparameters:
                hint = suggest(name, spec.hyperparameters, "hyperparameters")
                raise SpecError(f"{spec.key} has no hyperparameter '{name}'", mark, hint)
            try:
                given[name] = read_value(spec.hyperparameters[name], value)
            except CostcalcError as error:
                raise at(mark, error) from None
        try:
            return Network(spec, given, convention, self.execution)
        except SpecError:
            raise
        except CostcalcError as error:
            raise at(self.mark, error) from None


Built = dict[str, Network | CostcalcError]
"""Each target's network by the target's name, or why there is none."""


class Limit(NamedTuple):
    """The most of a quantity, or by how much it may grow: both by a share and by an amount."""

    quantity: str
    text: str
    mark: Mark
    amount: int | None = None
    share: Fraction | None = None

    def most(self, before: int = 0) -> int:
        """The largest number that is within, where it was so many before (of growth)."""
        grown = [] if self.amount is None else [self.amount]
        if self.share is not None:
            grown.append(before * self.share.numerator // self.share.denominator)
        return before + min(grown)


class Budget(NamedTuple):
    """What some networks may cost (`max`), by how much more than before (`grow`), and why."""

    targets: list[Target]
    max: list[Limit]
    grow: list[Limit]
    because: str
    level: str
    mark: Mark


class Project(NamedTuple):
    """A project's networks by name, each under its settings, and its budgets."""

    source: Source
    networks: dict[str, list[Target]]
    budgets: list[Budget]

    @property
    def targets(self) -> list[Target]:
        """Every network under every setting, in the order of the file."""
        return [target for targets in self.networks.values() for target in targets]

    def build(self, load: LoadSpec = load_spec, only: Iterable[Target] | None = None) -> Built:
        """Every target's network; one that is broken keeps none of the others from being built."""
        built: Built = {}
        for target in self.targets if only is None else only:
            try:
                built[target.name] = target.load(load)
            except CostcalcError as error:
                built[target.name] = error
        return built


def load_project(path: str | os.PathLike[str] = ".") -> Project:
    """The project of a file, or the nearest one in a folder and those above it.

    Raises `CostcalcError` where there is none, `SpecError` where it is wrong.
    """
    found = _find(as_text(path))
    return parse_project(read_source(Source(found, "").shown, WHAT))


def _find(path: str) -> str:
    if not os.path.isdir(path):
        return path
    folder = os.path.abspath(path)
    while True:
        own, theirs = os.path.join(folder, NAME), os.path.join(folder, PYPROJECT)
        named = os.path.exists(theirs) and _own_table(read_source(theirs, WHAT)) is not None
        if os.path.exists(own):
            if named:
                raise CostcalcError(f"{own}: {PYPROJECT} has [tool.costcalc] too: keep one of them")
            return own
        if named:
            return theirs
        above = os.path.dirname(folder)
        if above == folder:
            raise CostcalcError(
                f"{path}: no {NAME}, and no {PYPROJECT} with [tool.costcalc], here or above\n"
                f"write one: docs/ci.md"
            )
        folder = above


def _own_table(source: Source) -> Node | None:
    if "costcalc" not in source.text:  # most have none, and need not be walked through
        return None
    tool = read_toml(source).get("tool")
    return tool.get("costcalc") if isinstance(tool, Mapping) else None


def parse_project(source: Source) -> Project:
    """The project that a source describes. Raises `SpecError` with the place of what is wrong."""
    if source.path.endswith(".toml"):
        root = _own_table(source)
        if root is None:
            raise SpecError("there is no [tool.costcalc]", Mark(source, 0, 0))
    else:
        root = read(source, "a project names its networks")
    entries = fields.mapping(root, WHAT)
    fields.known_keys(entries, KEYS, WHAT)
    networks = fields.mapping(fields.required(entries, "networks", WHAT), "networks")
    if not networks.entries:
        raise SpecError("a project names at least one network", networks.mark)
    folder = os.path.dirname(source.path)
    targets = {
        name: _targets(name, node, networks.keys[name], folder)
        for name, node in networks.entries.items()
    }
    budgets = entries.get("budgets")
    listed = [] if budgets is None else fields.sequence(budgets, "budgets")
    return Project(source, targets, [_budget(node, targets) for node in listed])


def _targets(name: str, node: Node, key: Mark, folder: str) -> list[Target]:
    """A network under each of its settings."""
    if not name.isprintable() or not name.strip():
        raise SpecError("a network's name is printable text", key)
    entries = Mapping({}, {}, node.mark) if isinstance(node, Scalar) else fields.mapping(node, name)
    fields.known_keys(entries, NETWORK_KEYS, "a network")
    written = node if isinstance(node, Scalar) else fields.required(entries, "spec", name)
    word = fields.scalar(written, "spec")
    try:
        reference, given = split_reference(word.text)
    except CostcalcError as error:
        raise at(word.mark, error) from None
    first = {k: Setting(fields.literal(v), word.mark) for k, v in given.items()}
    convention = entries.get("convention")
    several = _settings(entries.get("at"))
    return [
        Target(
            name=_titled(name, own) if len(several) > 1 else name,
            network=name,
            spec=_located(reference, folder),
            settings=first | own,
            execution=_execution(entries),
            convention=None if convention is None else _convention(convention, folder),
            mark=word.mark,
        )
        for own in several
    ]


def _titled(name: str, settings: dict[str, Setting]) -> str:
    said = ",".join(f"{key}={show_value(setting.value)}" for key, setting in settings.items())
    return f"{name}:{said}"


def _located(reference: str, folder: str) -> str:
    """A path as seen from the folder of the project; a built-in name as it is."""
    return reference if reference in built_in() else os.path.join(folder, reference)


def _convention(node: Node, folder: str) -> str:
    from costcalc.conventions.reading import names

    word = fields.scalar(node, "convention")
    if word.text in names():
        return word.text
    path = os.path.join(folder, word.text)
    if not os.path.exists(path):
        hint = suggest(word.text, names(), "conventions")
        raise SpecError(f"unknown convention '{word.text}'", word.mark, hint)
    return path


def _settings(node: Node | None) -> list[dict[str, Setting]]:
    """`at: {res: 320}`, or a list of such for a network under several settings."""
    if node is None:
        return [{}]
    nodes = node.items if isinstance(node, Sequence) else [node]
    if not nodes:
        raise SpecError("at lists no settings", node.mark)
    found = []
    for item in nodes:
        entries = fields.mapping(item, "at")
        found.append(
            {
                name: Setting(fields.setting(value, name), entries.keys[name])
                for name, value in entries.entries.items()
            }
        )
        values = [{name: setting.value for name, setting in one.items()} for one in found]
        if values[-1] in values[:-1]:
            raise SpecError("these settings are given twice", item.mark)
    return found


def _execution(entries: Mapping) -> Execution:
    """How the network is run."""
    batch = fields.number(entries.get("batch"), "batch")
    if batch is not None and not isinstance(batch, int):
        raise SpecError("batch must be a whole number", entries.entries["batch"].mark)
    dtype = fields.text(entries.get("dtype"), "dtype")
    fused = not _truth(entries.get("unfused"), "unfused")
    flash = _truth(entries.get("flash"), "flash")
    node = entries.get("batch" if batch is not None and batch < 1 else "dtype")
    try:
        return execution(dtype or None, 1 if batch is None else batch, fused, flash)
    except CostcalcError as error:
        assert node is not None
        raise at(node.mark, error) from None


def _truth(node: Node | None, what: str) -> bool:
    if node is None:
        return False
    found = fields.value(node, what)
    if not isinstance(found, bool):
        raise SpecError(f"{what} is true or false", node.mark)
    return found


def _budget(node: Node, networks: dict[str, list[Target]]) -> Budget:
    entries = fields.mapping(node, "a budget")
    fields.known_keys(entries, BUDGET_KEYS, "a budget")
    named = fields.required(entries, "network", "a budget")
    items = named.items if isinstance(named, Sequence) else [named]
    targets = []
    for item in items:
        word = fields.scalar(item, "a network")
        if word.text not in networks:
            hint = suggest(word.text, networks, "networks")
            raise SpecError(f"unknown network '{word.text}'", word.mark, hint)
        targets += [target for target in networks[word.text] if target not in targets]
    if not targets:
        raise SpecError("a budget is one of at least one network", named.mark)
    budget = Budget(
        targets,
        _limits(entries.get("max"), "max", _most),
        _limits(entries.get("grow"), "grow", _growth),
        fields.text(entries.get("because"), "because"),
        fields.text(entries.get("level"), "level") or LEVELS[0],
        node.mark,
    )
    if budget.level not in LEVELS:
        hint = suggest(budget.level, LEVELS, "levels")
        raise SpecError(f"unknown level '{budget.level}'", entries.entries["level"].mark, hint)
    if not budget.max and not budget.grow:
        raise SpecError("a budget needs 'max' or 'grow'", node.mark, "max: {mult_adds: 300M}")
    return budget


def _limits(node: Node | None, what: str, limit: Callable[[str, str, Mark], Limit]) -> list[Limit]:
    if node is None:
        return []
    entries = fields.mapping(node, what)
    found = []
    for quantity, value in entries.entries.items():
        if quantity not in QUANTITIES:
            hint = aliases.hint(quantity, QUANTITIES, "quantities")
            raise SpecError(f"unknown quantity '{quantity}'", entries.keys[quantity], hint)
        word = fields.scalar(value, quantity)
        text = fields.cell(value, quantity)
        found.append(limit(quantity, word.text.strip(), text.mark))
    return found


def _most(quantity: str, text: str, mark: Mark) -> Limit:
    return Limit(quantity, text, mark, amount=_amount(quantity, text, mark))


def _growth(quantity: str, text: str, mark: Mark) -> Limit:
    """`2%`, `1M`, or `2% and 1M`: no more than each."""
    amount = share = None
    for part in re.split(r"\s+and\s+", text):
        if part.endswith("%") and share is None:
            number = read_number(part, prose=True)
            if number is None or number < 0:
                raise SpecError(f"'{part}' is no share", mark, "write one such as 2% or 0.5%")
            share = Fraction(number)
        elif amount is None and not part.endswith("%"):
            amount = _amount(quantity, part, mark)
        else:
            raise SpecError("a share, an amount, or one of each", mark, "such as 2% and 1M")
    return Limit(quantity, text, mark, amount, share)


_UNIT = re.compile(r"[A-Za-z]*$")


def _amount(quantity: str, text: str, mark: Mark) -> int:
    """An amount in a unit that the quantity has."""
    found = _UNIT.search(text)
    unit = found[0] if found else ""
    if unit in UNITS and unit and (unit in BYTE_UNITS) != (quantity in BYTES):
        if quantity in BYTES:
            raise SpecError(f"{quantity} is in bytes: '{text}' counts", mark, "such as 512KiB")
        hint = "such as 300M"
        if f"{quantity}_bytes" in BYTES:
            hint = f"{quantity}_bytes is in bytes"
        raise SpecError(f"{quantity} is a count: '{text}' are bytes", mark, hint)
    return read_amount(quantity, text, mark)
