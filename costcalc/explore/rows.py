"""Configurations one by one: vectors of settings, of which each row is one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from costcalc.conventions.convention import Convention
from costcalc.explore.blocks import Block
from costcalc.explore.evaluate import Counted, Placed, array, count, place
from costcalc.explore.mesh import Ints, Mesh, Wide
from costcalc.explore.reported import printed
from costcalc.explore.space import deciding, settings, split_place
from costcalc.spec.expressions import Mixed
from costcalc.spec.model import Hyperparameter, Spec, Value
from costcalc.spec.quantities import REPORTED

TABLE = 2
"""A table of all combinations is looked up where it has at most so many entries a row."""


class Listed(NamedTuple):
    """A vector of few different values: which of them every row has."""

    values: Sequence[Value]
    places: Ints

    def rows(self, which: Any) -> Listed:
        """The vector of some rows."""
        return Listed(self.values, self.places[which])

    def column(self, spec: Spec, name: str) -> Any:
        """The values as a column."""
        return array(_parameter(spec, name), self.values)[self.places]

    def value(self, row: int) -> Value:
        """The exact value of a row."""
        return self.values[int(self.places[row])]

    def ratios(self) -> tuple[Any, int]:
        """The numerators of every row over one denominator."""
        along = place(0, self.values)
        return np.asarray(along.numerators, dtype=object)[self.places], along.denominator


class Ratios(NamedTuple):
    """A vector of numbers of all kinds: numerators over one denominator."""

    numerators: Any
    denominator: int = 1

    def rows(self, which: Any) -> Ratios:
        """The vector of some rows."""
        return Ratios(self.numerators[which], self.denominator)

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


Vector = Listed | Ratios
Vectors = Mapping[str, Vector]
"""Vectors of equal length by axis: a hyperparameter, or a place of a list."""


class _Structure(NamedTuple):
    """The costs of one structure, and tables of those metrics that are looked up."""

    counted: Counted
    tables: dict[str, Ints]

    def look_up(self, name: str, mesh: Mesh, places: list[Ints], rows: int) -> Ints:
        """A metric of rows: from a table of all combinations where these are few."""
        if name in self.tables:
            return self.tables[name][tuple(places)]
        if len(mesh.sizes) < 2 or math.prod(mesh.sizes) > TABLE * rows:
            return mesh.at(places, rows)
        self.tables[name] = mesh.dense()
        return self.tables[name][tuple(places)]


Cache = dict[Any, _Structure]
"""Structures by what is fixed and what each vector lists."""


class RowsBlock(Block):
    """Some rows: those of one structure are counted together.

    `also` are columns of the rows that no hyperparameter is. `cache` remembers structures from
    block to block, for vectors that list the same values in each.
    """

    def __init__(
        self,
        spec: Spec,
        vectors: Vectors,
        rows: int,
        convention: Convention | None,
        also: Mapping[str, Any] | None = None,
        cache: Cache | None = None,
    ) -> None:
        self.spec, self.shape = spec, (rows,)
        self.vectors, self.also = vectors, dict(also or {})
        self._convention = convention
        self._cache: Cache = {} if cache is None else cache
        self._valid = np.zeros(rows, dtype=bool)
        self._metrics: dict[str, Any] = {}
        self._structural = deciding(
            spec, {n: v.values if isinstance(v, Listed) else [0] for n, v in vectors.items()}
        )
        self._refused = ""
        self._count({}, dict(vectors), np.arange(rows))

    def _count(self, fixed: dict[str, Value], vectors: dict[str, Vector], rows: Ints) -> None:
        """Count some rows, which are alike in what is fixed."""
        name = next((name for name in vectors if name in self._structural), None)
        if name is None:
            try:
                self._fill(rows, fixed, vectors)
                return
            except Mixed as mixed:
                axes = _axes(vectors)
                suspects = [name for name in vectors if axes[name] in mixed.axes]
                self._structural.add(min(suspects, key=lambda name: _different(vectors[name])))
            self._count(fixed, vectors, rows)
            return
        rest = {other: vector for other, vector in vectors.items() if other != name}
        for value, which in _split(vectors[name]):
            inside = {other: vector.rows(which) for other, vector in rest.items()}
            self._count({**fixed, name: value}, inside, rows[which])

    def _fill(self, rows: Ints, fixed: dict[str, Value], vectors: dict[str, Vector]) -> None:
        """Count rows of one structure. Raises `Mixed` where it is not one."""
        try:
            found, places = self._counted(fixed, vectors, len(rows))
        except Wide:  # a size that depends on all at once: then the rows are the axis
            flat = {name: Ratios(*vector.ratios()) for name, vector in vectors.items()}
            found, places = self._counted(fixed, flat, len(rows))
        counted = found.counted
        if counted.refused:
            self._refused = self._refused or counted.refused
            return
        good = np.ones(len(rows), dtype=bool)
        for condition in counted.conditions:
            good &= condition.at(places, len(rows)).astype(bool)
        self._valid[rows] = good
        for name, mesh in counted.metrics.items():
            if name not in self._metrics:
                self._metrics[name] = np.full(self.shape, -1, dtype=np.int64)
            self._metrics[name][rows] = found.look_up(name, mesh, places, len(rows))

    def _counted(
        self, fixed: dict[str, Value], vectors: Mapping[str, Vector], rows: int
    ) -> tuple[_Structure, list[Ints]]:
        """Rows of one structure, counted over a mesh, and where on it they are."""
        axes = _axes(vectors)
        points = {axes[name]: v.places for name, v in vectors.items() if isinstance(v, Listed)}
        places = [points.get(axis, np.arange(rows)) for axis in range(len(set(axes.values())))]
        listed = ((name, tuple(v.values)) for name, v in vectors.items() if isinstance(v, Listed))
        key = tuple(fixed.items()), tuple(listed)
        if len(points) == len(vectors) and key in self._cache:
            return self._cache[key], places
        placed = {
            name: place(axes[name], v.values) if isinstance(v, Listed) else Placed(0, *v)
            for name, v in vectors.items()
        }
        lengths = {axes[name]: len(along.numerators) for name, along in placed.items()}
        sizes = [lengths[axis] for axis in range(len(places))]
        found = _Structure(count(self.spec, fixed, placed, sizes, self._convention), {})
        if len(points) == len(vectors):
            self._cache[key] = found
        return found, places

    def valid(self) -> Any:
        """Which rows are networks."""
        return self._valid

    def get(self, name: str, default: Any = None) -> Any:
        """A column."""
        if name in self._metrics:
            return self._metrics[name]
        if name in self.also:
            return self.also[name]
        if name == "network":
            return np.full(self.shape, self.spec.key, dtype=object)
        if name in REPORTED:
            return printed(self.spec, name, self.get)
        if name not in self.spec.hyperparameters:
            return default
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
            found = np.empty(self.shape, dtype=object)
            for value, which in _split(decider):
                found[which] = [parameter.default_under({parameter.by: value})] * len(which)
            values = found.tolist()
        else:
            values = [settings(self.spec, firsts)[name]] * self.points
        if parameter.length is None:
            return array(parameter, values)
        return tuple(array(parameter, values).T)

    def take(self, name: str, rows: Ints | None) -> Any:
        """A column's values for some rows."""
        column = self.get(name, np.nan)
        values = np.stack(column, axis=1) if isinstance(column, tuple) else column
        return values if rows is None else values[rows]

    def given(self, row: int) -> Mapping[str, Value]:
        """What a row sets, exactly."""
        return {name: vector.value(row) for name, vector in self.vectors.items()}

    def example(self, row: int) -> str:
        """Why a row is no network."""
        return self._refused or super().example(row)


def _split(vector: Vector) -> list[tuple[Value, Ints]]:
    """The different values of a vector, each with the rows that have it."""
    keys = vector.places if isinstance(vector, Listed) else vector.numerators
    _, firsts, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(inverse))[:-1]) if len(order) else []
    return [(vector.value(int(first)), rows) for first, rows in zip(firsts, groups, strict=True)]


def _parameter(spec: Spec, axis: str) -> Hyperparameter:
    return spec.hyperparameters[split_place(axis)[0]]


def _different(vector: Vector) -> int:
    return len(vector.values) if isinstance(vector, Listed) else len(vector.numerators)


def _axes(vectors: Mapping[str, Vector]) -> dict[str, int]:
    """The axis of each vector: the rows' own, first, for ratios; one for each that is listed."""
    listed = [name for name, vector in vectors.items() if isinstance(vector, Listed)]
    begin = 1 if len(listed) < len(vectors) else 0
    return {name: begin + listed.index(name) if name in listed else 0 for name in vectors}


def decimals(values: Any) -> Ratios | None:
    """Floats as the decimals they print as, None where one has more digits than int64 holds.

    A float is the decimal of k digits after the point that is nearest to it exactly if dividing
    the whole number by 10^k gives it back: that division is rounded correctly.
    """
    for digits in range(16):
        numerators = np.rint(values * 10.0**digits)
        if not np.abs(numerators).max(initial=0) < 10**15:  # as many digits a float tells apart
            return None
        if np.array_equal(numerators / 10.0**digits, values):
            return Ratios(numerators.astype(np.int64), 10**digits)
    return None


def exactly(values: Any) -> Ratios:
    """Floats as the decimals they print as, however many digits they have."""
    exact = [Fraction(repr(value)) for value in values.tolist()]
    along = place(0, exact)
    return Ratios(np.asarray(along.numerators, dtype=object), along.denominator)
