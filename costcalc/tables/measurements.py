"""Measured times from a CSV file: a row a network, with what it took.

The columns are those of configurations (a column for each hyperparameter; an empty cell is the
default) and `milliseconds`, of a run of `batch`; `network` may have settings of its own
(`resnet:depth=18`), `family` says which networks are siblings where the name does not. The tables
of timm's benchmark (`model`, `infer_img_size`, `infer_step_time`, `infer_batch_size`) are read as
they are, by the specs that `timm.csv` knows its models as.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Mapping

from costcalc.errors import CostcalcError, Mark, Source, SpecError, at, suggest
from costcalc.hardware.calibration import Calibration, Measurement
from costcalc.hardware.calibration import calibrate as fitted
from costcalc.hardware.sums import load_sums
from costcalc.language import fields, limits
from costcalc.language.expressions import Expression
from costcalc.language.numerals import read_number
from costcalc.language.references import split_reference
from costcalc.language.settings import read_value
from costcalc.language.spec import Spec
from costcalc.library import load_spec
from costcalc.network import Network
from costcalc.records import NamedTuple
from costcalc.safe_text import from_spreadsheet_cell, shortened
from costcalc.tables.csv_rows import CsvRows, Row

NETWORK, MILLISECONDS, BATCH, FAMILY = "network", "milliseconds", "batch", "family"
NEEDED = (NETWORK, MILLISECONDS)
TIMM = {
    "model": NETWORK,
    "infer_img_size": "res",
    "infer_step_time": MILLISECONDS,
    "infer_batch_size": BATCH,
}
"""What the columns of timm's tables are called here."""
CIRCUMSTANCES = ("device", "hardware", "runtime", "dtype", "layout", "threads")
"""Columns that a calibration holds for one value of."""
WHAT = "measurements are a CSV file"


class Known(NamedTuple):
    """A model of timm as a spec: the network with its settings, and its family."""

    network: str
    family: str


class Measured(NamedTuple):
    """The measurements of a file, which begin at `mark`; `unknown` are models of timm that no spec
    is known for."""

    measurements: list[Measurement]
    unknown: list[str]
    mark: Mark

    def calibrate(self) -> Calibration:
        """What they say of a device. Raises `SpecError` where they are too few or alike."""
        try:
            return fitted(self.measurements)
        except CostcalcError as error:
            raise at(self.mark, error) from None


@functools.cache
def timm_models() -> dict[str, Known]:
    """The models of timm that are a spec, under one choice of its hyperparameters.

    >>> timm_models()["mobilenetv2_050"].network
    'mobilenet_v2:alpha=0.5'
    """
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "timm.csv")
    rows = iter(CsvRows(path, WHAT))
    next(rows)
    return {model: Known(network, family) for _, _, (model, network, family) in rows}


def read_measurements(path: str, batch: int = 1, where: str | None = None) -> Measured:
    """The measurements of a file.

    Args:
        path: A CSV file.
        batch: Examples a run, where no column says it.
        where: A condition over the columns; rows where it does not hold are left out.

    Returns:
        The measurements, with the sums of their networks.

    Raises:
        SpecError: A header, cell or network is wrong, or rows are of several devices.
        CostcalcError: The file cannot be read.
    """
    return _Reader(path, batch, where).read()


def calibrate(
    path: str | os.PathLike[str], /, *, batch: int = 1, where: str | None = None
) -> Calibration:
    """What measured times say of a device: coefficients, and how far predictions are off.

    Args:
        path: a CSV file with the columns `network` and `milliseconds`, or a table of timm's.
        batch: examples a run, where no column says it.
        where: a condition over the columns; rows where it does not hold are left out.

    Returns:
        `error` (mean, median, worst) of every network as predicted from the other families,
        `mult_adds_alone` beside it, `rank_correlation`, and the `sums` with their coefficients.

    Raises:
        CostcalcError: for a file that is wrong, and for measurements that are too few or alike.

    >>> costcalc.calibrate("times.csv").error.mean  # doctest: +SKIP
    0.105
    """
    return read_measurements(os.fspath(path), batch, where).calibrate()


class _Reader:
    """One reading of a file."""

    def __init__(self, path: str, batch: int, where: str | None) -> None:
        self.path, self.batch = path, batch
        self.file = CsvRows(path, WHAT)
        self.condition = None
        if where is not None:
            self.condition = Expression(where, Mark(Source("--where", where), 0, 0, len(where)))
        self.names: list[str] = []
        self.timm = False
        self._first: dict[str, str] = {}

    def read(self) -> Measured:
        rows = iter(self.file)
        header = self.file.header(rows)
        self._read_header(header)
        found, unknown = [], []
        specs: set[str] = set()
        for row in rows:
            self.file.require_cells(row, self.names)
            cells = {
                name: from_spreadsheet_cell(cell.strip())
                for name, cell in zip(self.names, row[2], strict=True)
            }
            if self.condition is not None and not self._holds(cells):
                continue
            if self.timm and cells[NETWORK].partition(".")[0] not in timm_models():
                unknown.append(cells[NETWORK])
                continue
            self._require_one_of(row, cells)
            found.append(self._measurement(row, cells, specs))
        if not self.timm:
            self._refuse_slips(header, specs)
        return Measured(found, unknown, self.file.mark(header, 0))

    def _read_header(self, header: Row) -> None:
        written = [name.strip() for name in header[2]]
        self.timm = {"model", "infer_step_time"} <= set(written)
        self.names = [TIMM.get(name, name) for name in written] if self.timm else written
        for column, name in enumerate(self.names):
            mark = self.file.mark(header, column)
            if not name:
                raise SpecError("a column without a name", mark)
            if name in self.names[:column]:
                raise SpecError(f"a second column '{name}'", mark)
        for name in NEEDED:
            if name not in self.names:
                near = [n for n in self.names if suggest(n, [name], "").startswith("did you mean")]
                column = self.names.index(near[0]) if near else 0
                raise SpecError(
                    f"measurements need a column '{name}'",
                    self.file.mark(header, column),
                    f"did you mean that by '{near[0]}'?"
                    if near
                    else f"columns: {', '.join(map(shortened, self.names))}",
                )
        if self.condition is not None:
            self.condition.require({name for name in self.names if name.isidentifier()}, "columns")

    def _holds(self, cells: Mapping[str, str]) -> bool:
        assert self.condition is not None
        found = self.condition.evaluate({n: fields.literal(text) for n, text in cells.items()})
        if not isinstance(found, bool):
            raise self.condition.error("is not true or false", self.condition.root)
        return found

    def _require_one_of(self, row: Row, cells: Mapping[str, str]) -> None:
        """Raise `SpecError` where a row was measured under other circumstances than the first."""
        for name in CIRCUMSTANCES:
            if name in cells and self._first.setdefault(name, cells[name]) != cells[name]:
                raise SpecError(
                    f"another {name} than before: '{self._first[name]}', then '{cells[name]}'",
                    self.file.mark(row, self.names.index(name)),
                    f"choose the rows of one: --where \"{name} == '{self._first[name]}'\"",
                )

    def _measurement(self, row: Row, cells: Mapping[str, str], specs: set[str]) -> Measurement:
        known = None
        reference = cells[NETWORK]
        if self.timm:
            known = timm_models()[reference.partition(".")[0]]
            reference = known.network
        mark = self.file.mark(row, self.names.index(NETWORK))
        try:
            name, given = split_reference(reference)
            spec = load_spec(name)
        except SpecError:
            raise
        except CostcalcError as error:
            raise at(mark, error) from None
        specs |= set(spec.hyperparameters)
        given |= self._settings(row, cells, spec, given)
        label = ",".join(f"{key}={value}" for key, value in given.items())
        label = f"{name}:{label}" if label else name
        sums, mult_adds = self._counted(spec, given, mark)
        family = cells.get(FAMILY) or (known.family if known else "") or spec.key
        return Measurement(
            network=label,
            family=family,
            milliseconds=self._time(row, cells),
            batch=self._batch(row, cells),
            sums=sums,
            mult_adds=mult_adds,
        )

    def _settings(
        self, row: Row, cells: Mapping[str, str], spec: Spec, given: Mapping[str, str]
    ) -> dict[str, str]:
        """What the columns say of the hyperparameters."""
        found = {}
        for column, (name, text) in enumerate(cells.items()):
            if name not in spec.hyperparameters or not text:
                continue
            mark = self.file.mark(row, column)
            if name in given:
                raise SpecError(f"'{name}' is a setting of the network and a column", mark)
            try:
                read_value(spec.hyperparameters[name], text)
            except CostcalcError as error:
                raise at(mark, error) from None
            found[name] = text
        return found

    def _counted(
        self, spec: Spec, given: Mapping[str, str], mark: Mark
    ) -> tuple[dict[str, int], int]:
        """The sums of a network, and its multiply-adds."""
        try:
            return _counted(spec, tuple(given.items()))
        except SpecError:
            raise
        except CostcalcError as error:
            raise at(mark, error) from None

    def _time(self, row: Row, cells: Mapping[str, str]) -> float:
        text = cells[MILLISECONDS]
        value = _decimal(text)
        if value is None or not 0 < value < math.inf:
            mark = self.file.mark(row, self.names.index(MILLISECONDS))
            raise SpecError(f"'{shortened(text)}' is no time: milliseconds above 0", mark)
        return value

    def _batch(self, row: Row, cells: Mapping[str, str]) -> int:
        text = cells.get(BATCH, "")
        if not text:
            return self.batch
        number = read_number(text)
        if number is None or not 1 <= number <= limits.NUMBER or number.denominator != 1:
            mark = self.file.mark(row, self.names.index(BATCH))
            shown = shortened(text)
            raise SpecError(f"'{shown}' is no batch: a whole number of at least 1", mark)
        return number.numerator

    def _refuse_slips(self, header: Row, parameters: set[str]) -> None:
        """Raise `SpecError` for a column that is a hyperparameter but for a slip."""
        for column, name in enumerate(self.names):
            if name in (*NEEDED, BATCH, FAMILY, *CIRCUMSTANCES) or name in parameters:
                continue
            left = (parameters | {BATCH, FAMILY}) - set(self.names)
            hint = suggest(name, left, "columns")
            if hint.startswith("did you mean"):
                raise SpecError(f"unknown column '{name}'", self.file.mark(header, column), hint)


@functools.lru_cache(maxsize=1024)
def _counted(spec: Spec, given: tuple[tuple[str, str], ...]) -> tuple[dict[str, int], int]:
    """The sums and the multiply-adds of a network: it may stand in many rows, of many files."""
    network = Network(spec, dict(given))
    figures = load_sums().of(network.graph).figures
    return {k: int(v) for k, v in figures.items()}, network.mult_adds


def _decimal(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
