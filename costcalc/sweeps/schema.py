"""The columns of a sweep's rows: what each holds, for whoever writes them down."""

from __future__ import annotations

from collections.abc import Sequence

from costcalc.language.hyperparameters import show_value
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.quantities import REPORTED
from costcalc.records import NamedTuple
from costcalc.sweeps.costs import kind_of
from costcalc.sweeps.space import Space, split_index

_LONGEST = 24
"""Characters of the longest float."""


class Field(NamedTuple):
    """A column. `kind` is "word", "integer", "decimal" or "boolean"; of a list, that of its
    values, `length` how many it has. `optional` where not every row has a value; `width` is the
    most characters of a word."""

    name: str
    kind: str
    length: int | None = None
    optional: bool = False
    width: int = 0


def fields(
    spaces: Sequence[Space], metrics: Sequence[str], extra_columns: Sequence[Field] = ()
) -> list[Field]:
    """Every column of the spaces' rows, in order: network, hyperparameters, metrics, extra ones."""
    found = {"network": Field("network", "word", width=max(len(s.spec.key) for s in spaces))}
    for space in spaces:
        for parameter in space.spec.hyperparameters.values():
            name = parameter.name
            own = Field(name, parameter.kind, parameter.length, False, _width(parameter, space))
            found[name] = _both(found[name], own) if name in found else own
    for name in found:
        if any(name not in space.spec.hyperparameters for space in spaces) and name != "network":
            found[name] = found[name]._replace(optional=True)
    measured_here = {field.name for field in extra_columns}
    measured = [
        Field(name, "decimal", None, True) if name in REPORTED else Field(name, kind_of(name))
        for name in metrics
        if name not in measured_here  # one's own accuracy, not the printed one
    ]
    return [*found.values(), *measured, *extra_columns]


def _both(one: Field, other: Field) -> Field:
    """A column that two networks share: of words where they do not agree what it is."""
    if (one.kind, one.length) == (other.kind, other.length):
        return one._replace(width=max(one.width, other.width))
    kinds = {one.kind, other.kind}
    if one.length is None and other.length is None and kinds == {"integer", "decimal"}:
        return one._replace(kind="decimal")
    return Field(one.name, "word", None, one.optional, max(one.width, other.width))


def _width(parameter: Hyperparameter, space: Space) -> int:
    if parameter.kind != "word":
        return _LONGEST
    values: list[Value] = [parameter.default, *parameter.defaults.values(), *parameter.choices]
    for axis, along in space.axes.items():
        if split_index(axis)[0] == parameter.name:
            values += along
    return max(len(show_value(value)) for value in values)
