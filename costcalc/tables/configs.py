"""Explicit configurations from a CSV file: a column for each hyperparameter, a row for each.

A column `network` names the network where there are several. An empty cell is the default. A
column of a metric is left out: it is counted again. Every other column is carried along, as numbers
if it holds nothing else: what somebody measured.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from costcalc.errors import CostcalcError, SpecError, suggest
from costcalc.language.model import Hyperparameter, Value
from costcalc.language.settings import read_value
from costcalc.language.spec import Spec
from costcalc.safe_text import from_spreadsheet_cell
from costcalc.sweeps import chunks
from costcalc.sweeps.axis import Axis, as_values
from costcalc.sweeps.schema import Field
from costcalc.sweeps.space import Space, split_index
from costcalc.sweeps.tasks import ORDER, Part, Task
from costcalc.tables.csv_rows import CsvRows, Row


class Configs:
    """A file of configurations of some networks, whose spaces fix what its columns do not say."""

    def __init__(self, path: str, spaces: Sequence[Space], metrics: Sequence[str]) -> None:
        """Read the header, count the rows, and see what the columns carried along hold.

        Raises `SpecError` for a header or row that fits no network, `CostcalcError` for a file
        that cannot be read.
        """
        self.path = path
        self._file = CsvRows(path, "configurations are a CSV file")
        self.specs = {space.spec.key: space.spec for space in spaces}
        self.fixed = {space.spec.key: _single(space) for space in spaces}
        rows = iter(self._file)
        header = self._file.header(rows)
        self.names = [name.strip() for name in header[2]]
        self._check_header(header)
        known = {"network", *metrics, *self.hyperparameters}
        numbers = {i: 0 for i, name in enumerate(self.names) if name not in known}
        widths = dict.fromkeys(numbers, 0)
        words = set()
        self.rows = 0
        for row in rows:
            self._file.require_cells(row, self.names)
            self.rows += 1
            for i in numbers:
                text = row[2][i].strip()
                widths[i] = max(widths[i], len(text))
                if text and _number(text) is None:
                    words.add(i)
        self.extra_columns = {
            i: Field(self.names[i], "word" if i in words else "decimal", None, True, widths[i])
            for i in numbers
        }

    @property
    def hyperparameters(self) -> list[str]:
        """The columns that a network has as hyperparameters."""
        known = {name for spec in self.specs.values() for name in spec.hyperparameters}
        return [name for name in self.names if name in known]

    @property
    def points(self) -> int:
        """How many configurations there are: without a column `network`, all of each network."""
        return self.rows * (1 if "network" in self.names else len(self.specs))

    def _check_header(self, header: Row) -> None:
        parameters = {name for spec in self.specs.values() for name in spec.hyperparameters}
        for column, name in enumerate(self.names):
            mark = self._file.mark(header, column)
            if not name:
                raise SpecError("a column without a name", mark)
            if name in self.names[:column]:
                raise SpecError(f"a second column '{name}'", mark)
            for fixed in self.fixed.values():
                if name in fixed:
                    raise SpecError(f"'{name}' is a column and an option: one of them", mark)
            if name not in parameters and name != "network":
                left = parameters - set(self.names)
                hint = suggest(name, left, "hyperparameters")
                if hint.startswith("did you mean"):  # a slip, rather than a column carried along
                    raise SpecError(f"unknown column '{name}'", mark, hint)

    def tasks(self) -> Iterator[Task]:
        """The configurations as tasks, in the file's order."""
        rows = iter(self._file)
        next(rows)
        numbers = {key: number for number, key in enumerate(self.specs)}
        while block := list(itertools.islice(rows, chunks.CHUNK)):
            by_network = self._by_network(block)
            parts = []
            for key, chosen in by_network.items():
                own = [block[i] for i in chosen]
                axes = self._axes(self.specs[key], own)
                fixed = {name: Axis.fixed(value) for name, value in self.fixed[key].items()}
                extra = {**self._extra(own), ORDER: np.asarray(chosen, dtype=np.int64)}
                parts.append(Part(numbers[key], fixed | axes, len(own), extra))
            yield Task(tuple(parts), sum(map(len, by_network.values())))

    def _by_network(self, block: list[Row]) -> dict[str, list[int]]:
        """Which rows are of which network."""
        if "network" not in self.names:
            return {key: list(range(len(block))) for key in self.specs}
        column = self.names.index("network")
        indices: dict[str, list[int]] = {}
        for index, row in enumerate(block):
            key = from_spreadsheet_cell(row[2][column].strip())
            if key not in self.specs:
                hint = suggest(key, self.specs, "the networks of this sweep")
                raise SpecError(f"unknown network '{key}'", self._file.mark(row, column), hint)
            indices.setdefault(key, []).append(index)
        return indices

    def _axes(self, spec: Spec, rows: list[Row]) -> dict[str, Axis]:
        """Every column that is a hyperparameter, its texts read once each."""
        found: dict[str, Axis] = {}
        columns = {name: i for i, name in enumerate(self.names) if name in spec.hyperparameters}
        ordered = sorted(columns, key=lambda name: bool(spec.hyperparameters[name].by))
        for name in ordered:
            parameter = spec.hyperparameters[name]
            deciding = self._deciding(spec, parameter, found)
            values: dict[Value, int] = {}
            read: dict[Any, int] = {}
            codes = np.empty(len(rows), dtype=np.int64)
            for i, row in enumerate(rows):
                text = from_spreadsheet_cell(row[2][columns[name]].strip())
                by = None if text else deciding(i)
                if (text, by) not in read:
                    value = self._value(parameter, row, columns[name], text, by)
                    read[text, by] = values.setdefault(value, len(values))
                codes[i] = read[text, by]
            found[name] = Axis(as_values(list(values)), codes)
        self._refuse_foreign(spec, rows)
        return found

    def _deciding(
        self, spec: Spec, parameter: Hyperparameter, found: Mapping[str, Axis]
    ) -> Callable[[int], Value | None]:
        """The value in each row of what decides a hyperparameter's default, None where nothing."""
        if parameter.by in found:
            return found[parameter.by].value
        by = spec.hyperparameters.get(parameter.by)
        value = None if by is None else self.fixed[spec.key].get(by.name, by.default)
        return lambda row: value

    def _value(
        self, parameter: Hyperparameter, row: Row, column: int, text: str, by: Value | None
    ) -> Value:
        if not text:
            return parameter.default if by is None else parameter.default_under({parameter.by: by})
        try:
            return read_value(parameter, text)
        except CostcalcError as error:
            message, _, hint = str(error).partition("\n")
            raise SpecError(message, self._file.mark(row, column), hint) from None

    def _refuse_foreign(self, spec: Spec, rows: list[Row]) -> None:
        """A cell under a hyperparameter that the row's own network does not have."""
        if "network" not in self.names:
            return
        others = {name for other in self.specs.values() for name in other.hyperparameters}
        for column, name in enumerate(self.names):
            if name in others and name not in spec.hyperparameters:
                row = next((row for row in rows if row[2][column].strip()), None)
                if row is not None:
                    hint = suggest(name, spec.hyperparameters, "hyperparameters")
                    raise SpecError(
                        f"{spec.key} has no hyperparameter '{name}'",
                        self._file.mark(row, column),
                        hint,
                    )

    def _extra(self, rows: list[Row]) -> dict[str, Any]:
        """The columns that no hyperparameter is."""
        extra: dict[str, Any] = {}
        for column, field in self.extra_columns.items():
            texts = [from_spreadsheet_cell(row[2][column].strip()) for row in rows]
            if field.kind == "decimal":
                numbers = [_number(text) if text else np.nan for text in texts]
                extra[field.name] = np.array(numbers, dtype=np.float64)
            else:
                extra[field.name] = np.array([text or None for text in texts], dtype=object)
        return extra


def _number(text: str) -> float | None:
    """The number of a text, None where it is none; infinity is no number that JSON has."""
    try:
        number = float(text)
    except ValueError:
        return None
    return None if math.isinf(number) else number


def _single(space: Space) -> dict[str, Value]:
    """The settings of all rows. Raises `CostcalcError` for a range."""
    for axis, values in space.axes.items():
        if len(values) > 1:
            name = split_index(axis)[0]
            raise CostcalcError(
                f"{name}: with --configs an option is one value for all rows\n"
                f"make {name} a column of the file, or give one value"
            )
    return {axis: values[0] for axis, values in space.axes.items()}
