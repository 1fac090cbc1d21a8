"""A claim: one published number, and what is said of it in whichever form it is written."""

from __future__ import annotations

from typing import Any

from costcalc.errors import Mark, SpecError, suggest
from costcalc.language import fields
from costcalc.language.hyperparameters import unsuitable
from costcalc.language.model import Cell, Hyperparameter, Printed, Value
from costcalc.language.nodes import Mapping, Node, Scalar
from costcalc.language.numerals import UNITS
from costcalc.language.provenance import OWN_PAPER, PROVING, Provenance
from costcalc.language.quantities import ABOUT, COUNTED, DEFINITIONS, DTYPES, REPORTED, SHAPES
from costcalc.records import NamedTuple

UNDESCRIBED = "none"
"""The `network` of a claim about one that its source does not describe."""


class Claim(NamedTuple):
    """One published number: where it is printed, of which configuration, and how to count it.

    `quantity` is what is measured ("params", "mult_adds", "out", ...); `unit` how it is printed.
    `settings` are the hyperparameters; `network` another spec where the number is about one,
    UNDESCRIBED where nobody can know which; `rows` the named rows the number is about (all if
    empty), `without` operators or rows it leaves out, `counts` what it calls params, `convention`
    whose numbers `params` and `cost` are, `type` the layer type a share is of. `definition` says
    what is alive in a peak of memory, `patches` how many along each axis its first stage is run
    in, `dtype` the type of sizes in bytes. A `formula` over
    `let`, named measurements, states a ratio. `source` is where it was read.
    """

    where: str
    printed: Printed
    quantity: str
    unit: str
    settings: dict[str, Value]
    network: str | None = None
    rows: tuple[Cell, ...] = ()
    without: tuple[Cell, ...] = ()
    type: str = ""
    counts: tuple[str, ...] | None = None
    convention: str = ""
    rounding: str = "nearest"
    label: str = ""
    definition: str = "separate"
    patches: int = 1
    dtype: str = "fp32"
    let: dict[str, Claim] = {}
    formula: Cell | None = None
    source: Provenance = OWN_PAPER

    @property
    def mark(self) -> Mark:
        """Where the number stands in the spec."""
        return self.printed.mark


MEASURED = {**COUNTED, **SHAPES, **REPORTED}
"""What a column of a table of claims can be a number of."""
WORDS = {
    "rounding": {"nearest": "to the nearest", "truncate": "digits are cut off"},
    "definition": DEFINITIONS,
    "dtype": dict.fromkeys(DTYPES, "a type of elements"),
}
"""Keys whose values are words of the language, with what each means."""
SHARED = (
    "network", "settings", "source", "counts", "convention", "without", "rows_of", "type",
    "patches", *WORDS,
)  # fmt: skip
"""What a claim and a table of claims say alike; `settings` are hyperparameters by name."""


Said = dict[str, Any]
"""What is said of a claim so far, by `Claim`'s names for it."""


def said_by(entries: Mapping, where: str, hyperparameters: dict[str, Hyperparameter]) -> Said:
    """What the keys of a table or single claim say for all its numbers."""
    said: Said = {"where": where, "settings": {}}
    for key in SHARED:
        if key in entries.entries:
            say(said, key, entries.entries[key], hyperparameters)
    return said


def say(said: Said, key: str, node: Node, hyperparameters: dict[str, Hyperparameter]) -> None:
    """Take in one of the keys that say what a claim is about."""
    if key == "settings":
        given = fields.mapping(node, key)
        for name, value in given.entries.items():
            set_hyperparameter(said, name, given.keys[name], value, hyperparameters)
    else:
        said["rows" if key == "rows_of" else key] = _value(key, node)


def _value(key: str, node: Node) -> Any:
    """What a key says that means the same whatever is said beside it."""
    if key == "counts":
        entries = fields.mapping(node, key)
        fields.known_keys(entries, ("params",), key)
        return fields.countable(fields.required(entries, "params", key))
    if key in ("without", "rows_of"):
        items = [node] if isinstance(node, Scalar) else fields.sequence(node, key)
        return tuple(fields.cell(item, key) for item in items)
    if key in WORDS:
        word = fields.scalar(node, key)
        if word.text not in WORDS[key]:
            raise SpecError(
                f"unknown {key} '{word.text}'",
                word.mark,
                suggest(word.text, WORDS[key], f"{key} is one of"),
            )
        return word.text
    if key == "patches":
        along = fields.setting(node, key)
        if not isinstance(along, int) or isinstance(along, bool) or along < 1:
            raise SpecError("patches must be a whole number of at least 1", node.mark)
        return along
    return fields.provenance(node) if key == "source" else fields.text(node, key)


def set_hyperparameter(
    said: Said, name: str, mark: Mark, node: Node, hyperparameters: dict[str, Hyperparameter]
) -> None:
    """Take in a hyperparameter's value."""
    own = None if "network" in said else hyperparameters
    said["settings"] = {**said["settings"], name: _setting(name, mark, node, own)}


def _setting(
    name: str, mark: Mark, node: Node, hyperparameters: dict[str, Hyperparameter] | None
) -> Value:
    """A hyperparameter's value; one of another network is checked when that one is read (None)."""
    value = fields.setting(node, name)
    if hyperparameters is not None:
        if name not in hyperparameters:
            raise SpecError(
                f"unknown hyperparameter '{name}'",
                mark,
                suggest(name, hyperparameters, "hyperparameters"),
            )
        parameter = hyperparameters[name]
        if parameter.length is not None and not isinstance(value, tuple):
            value = (value,) * parameter.length  # one value is meant for every place
        problem = unsuitable(parameter, value)
        if problem:
            raise SpecError(f"{name} {problem}", node.mark)
    return value


def require_one_meaning(
    name: str, mark: Mark, said: Said, hyperparameters: dict[str, Hyperparameter]
) -> None:
    """Raise `SpecError` for a hyperparameter that is called like what claims say besides."""
    if name not in hyperparameters or "network" in said:
        return
    if name in MEASURED or name in ABOUT:
        raise SpecError(
            f"'{name}' has two meanings here: a hyperparameter is called so too",
            mark,
            f"name the hyperparameter otherwise, or write settings: {{{name}: …}}",
        )


def unit_of(unit: str, mark: Mark) -> str:
    """A unit that numbers are printed in. Raises `SpecError` for another word."""
    if unit not in UNITS:
        raise SpecError(f"unknown unit '{unit}'", mark, suggest(unit, UNITS, "units"))
    return unit


def proved(claim: Claim) -> Claim:
    """The claim. Raises `SpecError` for an erratum that nobody read in the paper itself."""
    if claim.printed.verdict == "erratum" and claim.source.kind not in PROVING:
        raise SpecError(
            f"an erratum read in a source of kind '{claim.source.kind}'",
            claim.printed.mark,
            f"only the text of {' or '.join(PROVING)} shows that a print is wrong; write"
            ' "not reproducible"',
        )
    return claim
