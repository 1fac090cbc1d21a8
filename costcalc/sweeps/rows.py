"""Configurations one by one: vectors of settings, of which each row is one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from costcalc.language.expressions import StructureDiffers
from costcalc.language.model import Hyperparameter, Spec, Value
from costcalc.language.quantities import REPORTED
from costcalc.numbers.factored import Ints, TooManyAxes
from costcalc.sweeps.accuracies import printed
from costcalc.sweeps.chunks import Chunk
from costcalc.sweeps.filtered import Filtered, NeedsExactArithmetic
from costcalc.sweeps.space import Space, deciding, settings, split_place
from costcalc.sweeps.structures import (
    Floats,
    Measure,
    Placed,
    SliceCosts,
    array,
    count,
    decider,
    place,
)

TABLE = 2
"""A table of all combinations is looked up where it has at most so many entries a row."""


class Categorical(NamedTuple):
    """A vector of few different values: which of them every row has."""

    values: Sequence[Value]
    codes: Ints

    def rows(self, which: Any) -> Categorical:
        """The vector of some rows."""
        return Categorical(self.values, self.codes[which])

    def column(self, spec: Spec, name: str) -> Any:
        """The values as a column."""
        return array(_parameter(spec, name), self.values)[self.codes]

    def value(self, row: int) -> Value:
        """The exact value of a row."""
        return self.values[int(self.codes[row])]

    def ratios(self) -> tuple[Any, int]:
        """The numerators of every row over one denominator."""
        along = place(0, self.values)
        return np.asarray(along.numerators, dtype=object)[self.codes], along.denominator


class FixedPoint(NamedTuple):
    """A vector of numbers of all kinds: numerators over one denominator."""

    numerators: Any
    denominator: int = 1

    def rows(self, which: Any) -> FixedPoint:
        """The vector of some rows."""
        return FixedPoint(self.numerators[which], self.denominator)

    def column(self, spec: Spec, name: str) -> Any:
        """The values as a column."""
        values = self.numerators / self.denominator if self.denominator > 1 else self.numerators
        return array(_parameter(spec, name), values)

    def value(self, row: int) -> Value:
        """The exact value of a row."""
        return Placed(0, self.numerators[row : row + 1], self.denominator).first

    def ratios(self) -> tuple[Any, int]:
        """The numerators of every row over one denominator."""
        return self.numerators, self.denominator


class FloatColumn(NamedTuple):
    """A vector of floats of all kinds, each the decimal it prints as."""

    values: Any

    def rows(self, which: Any) -> FloatColumn:
        """The vector of some rows."""
        return FloatColumn(self.values[which])

    def column(self, spec: Spec, name: str) -> Any:
        """The values as a column."""
        return self.values

    def value(self, row: int) -> Value:
        """The exact value of a row."""
        return Floats(0, self.values[row : row + 1]).first

    def ratios(self) -> tuple[Any, int]:
        """The numerators of every row over one denominator."""
        return short(self.values) or exactly(self.values)


Vector = Categorical | FixedPoint | FloatColumn
Vectors = Mapping[str, Vector]
"""Vectors of equal length by axis: a hyperparameter, or a place of a list."""


def drawing(space: Space, seed: int, number: int = 0) -> Callable[[int], dict[str, Vector]]:
    """What draws so many more configurations of a space at random, all values equally likely.

    The same seed (and number of the space) draws the same ones, in parts of whatever size.
    """
    axes = [
        (name, values, np.random.default_rng([seed, number, place]))
        for place, (name, values) in enumerate(space.axes.items())
    ]

    def draw(rows: int) -> dict[str, Vector]:
        return {
            name: Categorical(values, random.integers(len(values), size=rows))
            for name, values, random in axes
        }

    return draw


class RowsSettings:
    """The settings of rows as columns: what their vectors say, defaults for the rest."""

    def __init__(self, spec: Spec, vectors: Vectors, rows: int) -> None:
        self.spec, self.vectors, self.rows = spec, vectors, rows

    def given(self, row: int) -> dict[str, Value]:
        """What a row sets, exactly."""
        return {name: vector.value(row) for name, vector in self.vectors.items()}

    def column(self, name: str) -> Any:
        """A hyperparameter of every row; of a list a tuple of columns, one a place."""
        parameter = self.spec.hyperparameters[name]
        if name in self.vectors:
            found = self.vectors[name].column(self.spec, name)
            return found if parameter.length is None else tuple(found.T)
        if parameter.length is not None and f"{name}[1]" in self.vectors:
            places = (f"{name}[{i + 1}]" for i in range(parameter.length))
            return tuple(self.vectors[place].column(self.spec, name) for place in places)
        return self._default(name)

    def _default(self, name: str) -> Any:
        """A hyperparameter that is not given: its default, which another may decide."""
        parameter = self.spec.hyperparameters[name]
        firsts = self.given(0)
        if parameter.by in self.vectors:
            decider = self.vectors[parameter.by]
            found = np.empty(self.rows, dtype=object)
            for value, which in _split(decider):
                found[which] = [parameter.default_under({parameter.by: value})] * len(which)
            values = found.tolist()
        else:
            value = array(parameter, [settings(self.spec, firsts)[name]])
            whole = np.broadcast_to(value, (self.rows, *value.shape[1:]))
            return whole if parameter.length is None else tuple(whole.T)
        if parameter.length is None:
            return array(parameter, values)
        return tuple(array(parameter, values).T)

    def take(self, name: str) -> Any:
        """A hyperparameter of every row, a list's in two dimensions."""
        column = self.column(name)
        return np.stack(column, axis=1) if isinstance(column, tuple) else column


class _Structure(NamedTuple):
    """The costs of one structure, tables of those metrics that are looked up, and the lists of
    values it is of."""

    counted: SliceCosts
    tables: dict[str, Ints]
    lists: tuple[Sequence[Value], ...]

    def look_up(self, name: str, places: list[Any], rows: int) -> Ints:
        """A metric of rows: from a table of all combinations where these are few."""
        mesh = self.counted.metrics[name]
        if name in self.tables:
            return self.tables[name][tuple(places)]  # type: ignore[no-any-return]
        along = any(isinstance(place, slice) for place in places)
        if along or len(places) < 2 or math.prod(mesh.sizes) > TABLE * rows:
            return mesh.at(places, rows)
        self.tables[name] = table = mesh.dense()
        return table[tuple(places)]  # type: ignore[no-any-return]


Cache = dict[Any, _Structure]
"""Structures by what is fixed and what each vector lists."""


class RowsChunk(Chunk):
    """Some rows: those of one structure are counted together.

    `extra_columns` are those that no hyperparameter is. `cache` remembers structures from chunk to
    chunk, for vectors that list the same values in each.
    """

    def __init__(
        self,
        spec: Spec,
        vectors: Vectors,
        rows: int,
        measure: Measure,
        extra_columns: Mapping[str, Any] | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.spec, self.shape = spec, (rows,)
        self.settings = RowsSettings(spec, vectors, rows)
        self.extra_columns = dict(extra_columns or {})
        self._measure = measure
        self._cache: Cache = {} if cache is None else cache
        self._valid = np.zeros(rows, dtype=bool)
        self._counts: list[tuple[Ints, _Structure, list[Any]]] = []
        self._structural = deciding(
            spec, {n: v.values if isinstance(v, Categorical) else [0] for n, v in vectors.items()}
        )
        self._refused = ""
        self._count({}, dict(vectors), np.arange(rows))

    def _count(self, fixed: dict[str, Value], vectors: dict[str, Vector], rows: Ints) -> None:
        """Count some rows, which are alike in what is fixed."""
        name = next((name for name in vectors if name in self._structural), None)
        if name is None:
            self._fill(fixed, vectors, rows)
            return
        rest = {other: vector for other, vector in vectors.items() if other != name}
        for value, which in _split(vectors[name]):
            inside = {other: vector.rows(which) for other, vector in rest.items()}
            self._count({**fixed, name: value}, inside, rows[which])

    def _fill(self, fixed: dict[str, Value], vectors: dict[str, Vector], rows: Ints) -> None:
        """Count rows that have no words left; those of one structure together."""
        try:
            found, places = self._counted(fixed, vectors, len(rows))
        except StructureDiffers as differs:
            self._divide(differs, fixed, vectors, rows)
            return
        except NeedsExactArithmetic:
            self._fill(fixed, _exact(vectors), rows)
            return
        except TooManyAxes:  # a size that depends on all at once
            self._fill(fixed, _flat(vectors), rows)
            return
        counted = found.counted
        if counted.refused:
            self._refused = self._refused or counted.refused
            self._valid[rows] = False  # of what was doubtful, floats had said otherwise
            return
        good = np.ones(len(rows), dtype=bool)
        for condition in counted.conditions:
            good &= condition.at(places, len(rows)).astype(bool)
        self._valid[_all_or(rows, self.points)] = good
        self._counts.append((rows, found, places))
        for doubtful in counted.doubtful.values():
            again = np.flatnonzero(doubtful)
            exact = _exact({name: vector.rows(again) for name, vector in vectors.items()})
            self._fill(fixed, exact, rows[again])

    def _divide(
        self,
        differs: StructureDiffers,
        fixed: dict[str, Value],
        vectors: dict[str, Vector],
        rows: Ints,
    ) -> None:
        """Count rows apart that differ in what decides the structure."""
        axes = _axes(vectors)
        if isinstance(differs.value, Filtered):
            keys: Any = differs.value.decimals.values
            names = {name for name, axis in axes.items() if axis == 0}
        else:
            number = decider(differs)
            keys = number.at(_places(vectors), len(rows))
            names = {name for name, axis in axes.items() if axis in number.axes()}
        groups = _groups(keys)
        if len(groups) == 1:  # combinations that no row has are what differs
            self._fill(fixed, _flat(vectors), rows)
            return
        for which in groups:
            inside = {name: vector.rows(which) for name, vector in vectors.items()}
            for name in names:
                inside[name] = _present(inside[name])
            self._fill(fixed, inside, rows[which])

    def _counted(
        self, fixed: dict[str, Value], vectors: Mapping[str, Vector], rows: int
    ) -> tuple[_Structure, list[Any]]:
        """Rows of one structure, counted over a mesh, and where on it they are."""
        axes, places = _axes(vectors), _places(vectors)
        listed = {name: v.values for name, v in vectors.items() if isinstance(v, Categorical)}
        key = tuple(fixed.items()), tuple((name, _name(values)) for name, values in listed.items())
        if len(listed) == len(vectors) and key in self._cache:
            return self._cache[key], places
        placed = {name: _placed(axes[name], vector) for name, vector in vectors.items()}
        sizes = [rows] * len(places)
        for name, values in listed.items():
            sizes[axes[name]] = len(values)
        counted = count(self.spec, fixed, placed, sizes, self._measure)
        found = _Structure(counted, {}, tuple(listed.values()))
        if len(listed) == len(vectors):
            self._cache[key] = found
        return found, places

    def valid(self) -> Any:
        """Which rows are networks."""
        return self._valid

    def get(self, name: str, default: Any = None) -> Any:
        """A column."""
        if any(name in found.counted.metrics for _, found, _ in self._counts[:1]):
            return self._metric(name)
        if name in self.extra_columns:
            return self.extra_columns[name]
        if name == "network":
            return np.full(self.shape, self.spec.key, dtype=object)
        if name in REPORTED:
            return printed(self.spec, name, self.get)
        if name not in self.spec.hyperparameters:
            return default
        return self.settings.column(name)

    def _metric(self, name: str) -> Ints:
        """A metric of every row, -1 where it has none."""
        values = np.full(self.shape, -1, dtype=np.int64)
        for rows, found, places in self._counts:  # what was doubtful comes again, later
            values[_all_or(rows, self.points)] = found.look_up(name, places, len(rows))
        return values

    def take(self, name: str, rows: Ints | None) -> Any:
        """A column's values for some rows."""
        column = self.get(name, np.nan)
        values = np.stack(column, axis=1) if isinstance(column, tuple) else column
        return values if rows is None else values[rows]

    def given(self, row: int) -> Mapping[str, Value]:
        """What a row sets, exactly."""
        return self.settings.given(row)

    def example(self, row: int) -> str:
        """Why a row is no network."""
        return self._refused or super().example(row)


def _split(vector: Vector) -> list[tuple[Value, Ints]]:
    """The different values of a vector, each with the rows that have it."""
    keys: Any = vector.codes if isinstance(vector, Categorical) else vector[0]
    return [(vector.value(int(rows[0])), rows) for rows in _groups(keys)]


def _groups(keys: Any) -> list[Ints]:
    """The rows of each key, in the order of the keys."""
    _, inverse = np.unique(keys, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    return np.split(order, np.cumsum(np.bincount(inverse))[:-1]) if len(order) else []


def _present(vector: Vector) -> Vector:
    """A vector that lists only the values it has."""
    if not isinstance(vector, Categorical):
        return vector
    present, places = np.unique(vector.codes, return_inverse=True)
    return Categorical([vector.values[place] for place in present], places)


def _name(values: Sequence[Value]) -> Any:
    """A key of a list of values: a long one is known by its identity."""
    return tuple(values) if len(values) <= _SHORT else id(values)


_SHORT = 16


def _places(vectors: Mapping[str, Vector]) -> list[Any]:
    """Where the rows are along each axis: on their own one everywhere."""
    axes = _axes(vectors)
    listed = {axes[name]: v.codes for name, v in vectors.items() if isinstance(v, Categorical)}
    return [listed.get(axis, slice(None)) for axis in range(len(set(axes.values())))]


def _all_or(rows: Ints, points: int) -> Any:
    """Some rows of so many, as what indexes them fastest: in order, all of them are a slice."""
    return slice(None) if len(rows) == points else rows


def _parameter(spec: Spec, axis: str) -> Hyperparameter:
    return spec.hyperparameters[split_place(axis)[0]]


def _placed(axis: int, vector: Vector) -> Placed | Floats:
    """A vector along an axis."""
    if isinstance(vector, Categorical):
        return place(axis, vector.values)
    return Floats(axis, vector.values) if isinstance(vector, FloatColumn) else Placed(axis, *vector)


def _exact(vectors: Mapping[str, Vector]) -> dict[str, Vector]:
    """The vectors without floats."""
    return {
        n: FixedPoint(*v.ratios()) if isinstance(v, FloatColumn) else v for n, v in vectors.items()
    }


def _flat(vectors: Mapping[str, Vector]) -> dict[str, Vector]:
    """The vectors along one axis, which is the rows: no combination that is none of them."""
    return {name: FixedPoint(*vector.ratios()) for name, vector in vectors.items()}


def _axes(vectors: Mapping[str, Vector]) -> dict[str, int]:
    """The axis of each vector: the rows' own, first, for ratios; one for each that is listed."""
    listed = [name for name, vector in vectors.items() if isinstance(vector, Categorical)]
    begin = 1 if len(listed) < len(vectors) else 0
    return {name: begin + listed.index(name) if name in listed else 0 for name in vectors}


def short(values: Any) -> FixedPoint | None:
    """Floats as the decimals they print as, None where one has more digits than int64 holds.

    A float is the decimal of k digits after the point that is nearest to it exactly if dividing
    the whole number by 10^k gives it back: that division is rounded correctly.
    """
    for digits in range(16):
        numerators = np.rint(values * 10.0**digits)
        if not np.abs(numerators).max(initial=0) < 10**15:  # as many digits a float tells apart
            return None
        if np.array_equal(numerators / 10.0**digits, values):
            return FixedPoint(numerators.astype(np.int64), 10**digits)
    return None


def exactly(values: Any) -> FixedPoint:
    """Floats as the decimals they print as, however many digits they have."""
    exact = [Fraction(repr(value)) for value in values.tolist()]
    along = place(0, exact)
    return FixedPoint(np.asarray(along.numerators, dtype=object), along.denominator)
