"""A network of a project: a spec, its settings, and how it is run and counted."""

from __future__ import annotations

import os
from collections.abc import Callable

from costcalc.errors import CostcalcError, Mark, SpecError, at, suggest
from costcalc.graph.execution import Execution, execution
from costcalc.language import fields
from costcalc.language.find import names as built_in
from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Value
from costcalc.language.nodes import Mapping, Node, Scalar, Sequence
from costcalc.language.references import split_reference
from costcalc.language.settings import read_value
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.network import Network, read_convention
from costcalc.records import NamedTuple

KEYS = {
    "spec": "a built-in name or a path, with settings behind a colon where one likes",
    "at": "settings of its hyperparameters, or several under which it is looked at",
    "dtype": "the type of weights and activations, or weights:activations",
    "batch": "how many examples run at once",
    "convention": "whose params and cost are counted",
    "device": "where its time is predicted",
    "unfused": "whether normalisations and activations read and write memory by themselves",
    "flash": "whether attention is computed without its map of scores in memory",
}
"""The keys of a network of a project."""
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
    device: str | None
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


def read_targets(name: str, node: Node, key: Mark, folder: str) -> list[Target]:
    """A network under each of its settings, as its entry in a project's file has them.

    `key` is where its name stands, `folder` that of the file. Raises `SpecError`.
    """
    if not name.isprintable() or not name.strip():
        raise SpecError("a network's name is printable text", key)
    entries = Mapping({}, {}, node.mark) if isinstance(node, Scalar) else fields.mapping(node, name)
    fields.known_keys(entries, KEYS, "a network")
    written = node if isinstance(node, Scalar) else fields.required(entries, "spec", name)
    word = fields.scalar(written, "spec")
    try:
        reference, given = split_reference(word.text)
    except CostcalcError as error:
        raise at(word.mark, error) from None
    first = {k: Setting(fields.literal(v), word.mark) for k, v in given.items()}
    convention, device = entries.get("convention"), entries.get("device")
    several = _settings(entries.get("at"))
    return [
        Target(
            name=_titled(name, own) if len(several) > 1 else name,
            network=name,
            spec=_located(reference, folder),
            settings=first | own,
            execution=_execution(entries),
            convention=None if convention is None else _convention(convention, folder),
            device=None if device is None else _device(device, folder),
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
    if word.text.partition(":")[0] in names():
        return word.text
    path = os.path.join(folder, word.text)
    if not os.path.exists(path):
        hint = suggest(word.text, names(), "conventions")
        raise SpecError(f"unknown convention '{word.text}'", word.mark, hint)
    return path


def _device(node: Node, folder: str) -> str:
    """The name of a device with times, or its path. Raises `SpecError` for what is none."""
    from costcalc.hardware import devices

    word = fields.scalar(node, "device")
    device = word.text if word.text in devices.names() else os.path.join(folder, word.text)
    try:
        devices.read_device(word.text if not os.path.exists(device) else device)
    except SpecError:
        raise
    except CostcalcError as error:
        raise at(word.mark, error) from None
    return device


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
