"""Rows of a sweep as text and files, written a block at a time."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import IO, Any

import numpy as np

from costcalc.errors import CostcalcError
from costcalc.extras import library
from costcalc.files import spool
from costcalc.language.hyperparameters import show_value
from costcalc.safe_text import encodable, spreadsheet_cell, visible_json
from costcalc.sweeps.query import Columns, length
from costcalc.sweeps.schema import Field
from costcalc.tables.lines import Lines, Texts, each_once


def csv_text(
    fields: Sequence[Field], blocks: Iterable[Columns], begun: bool = False
) -> Iterator[str]:
    """Rows as CSV: a header, then raw integers, decimals as they print, a list as `[3,5]`.

    A word that a spreadsheet would run as a formula stands behind an apostrophe.

    Where it has `begun`, there is a header already.
    """
    if not begun:
        yield ",".join(_quoted(spreadsheet_cell(field.name)) for field in fields) + "\n"
    lines = Lines()
    between = ["", *[","] * (len(fields) - 1), "\n"]
    for columns in blocks:
        cells = [_csv_cells(field, columns) for field in fields]
        yield lines.filled(between, cells, length(columns))


_QUOTED = frozenset(',"\r\n')


def _quoted(text: str) -> str:
    """A text as a cell of CSV (RFC 4180), in quotes where it needs them."""
    if _QUOTED.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _csv_cells(field: Field, columns: Columns) -> Any:
    """The cells of a column as CSV has them: texts, or the integers that they print as."""
    values = columns.get(field.name)
    if values is None:
        return Texts([""] * length(columns))
    if _is_plain(field, values):
        return values
    return each_once(functools.partial(_csv_cell, field.kind), values)


def _is_plain(field: Field, values: Any) -> bool:
    """Whether a column is integers, one a row."""
    return field.kind == "integer" and field.length is None and values.dtype.kind == "i"


def _csv_cell(kind: str, value: Any) -> str:
    if value is None:
        return ""
    text = str(cell(value))
    return _quoted(spreadsheet_cell(text) if kind == "word" else text)


def cell(value: Any) -> Any:
    """A value as text that reads back as it: "" where there is none."""
    if isinstance(value, list):
        return f"[{','.join(str(cell(one)) for one in value)}]"
    if isinstance(value, bool):
        return show_value(value)
    if isinstance(value, float):
        if value != value:
            return ""
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value


def json_lines(
    fields: Sequence[Field], blocks: Iterable[Columns], begun: bool = False
) -> Iterator[str]:
    """Rows as JSON objects, one a line; what a row does not have is left out."""
    lines = Lines()
    for columns in blocks:
        yield _json_rows(lines, "", fields, columns, "\n")


def json_text(
    fields: Sequence[Field], blocks: Iterable[Columns], tally: Callable[[], dict[str, Any]]
) -> Iterator[str]:
    """One JSON object: the rows, then the tally, which is complete after them."""
    before = begin = '{\n  "schema_version": 1,\n  "rows": ['  # with the rows: they may be an error
    lines = Lines()
    for columns in blocks:
        yield before + _json_rows(lines, "\n    ", fields, columns, ",").removesuffix(",")
        before = ","
    ended = json.dumps(tally(), indent=2).removeprefix("{\n")
    yield f"{begin}],\n{ended}\n" if before == begin else f"\n  ],\n{ended}\n"


def _json_rows(
    lines: Lines, before: str, fields: Sequence[Field], columns: Columns, after: str
) -> str:
    """Rows as JSON objects, each between two texts; the first column has a value in every row."""
    between, cells = [f"{before}{{"], []
    comma = ""
    for field in fields:
        if field.name not in columns:
            continue
        name = f"{comma}{_json_cell(field.name)}: "
        values = columns[field.name]
        column = values if _is_plain(field, values) else each_once(_json_cell, values)
        if isinstance(column, Texts) and "" in column.texts:  # then the name goes with the value
            column = column.behind(name)
        else:
            between[-1] += name
        cells.append(column)
        between.append("")
        comma = ", "
    between[-1] += f"}}{after}"
    return lines.filled(between, cells, length(columns))


def _json_cell(value: Any) -> str:
    """A value in JSON; "" where it is missing: None, or a float that is not itself."""
    return visible_json(json.dumps(value)) if value is not None and value == value else ""


def _npz_file(file: IO[bytes], fields: Sequence[Field], blocks: Iterable[Columns]) -> None:
    """numpy's archive of arrays, each column gathered in a file of its own on the way."""
    with contextlib.ExitStack() as stack:
        spools = [stack.enter_context(spool()) for _ in fields]
        rows = 0
        for columns in blocks:
            rows += length(columns)
            for field, gathered in zip(fields, spools, strict=True):
                gathered.write(_stored(field, columns).tobytes())
        archive = stack.enter_context(zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED))
        for field, gathered in zip(fields, spools, strict=True):
            _store(archive, field, gathered, rows)


def _store(archive: zipfile.ZipFile, field: Field, gathered: IO[bytes], rows: int) -> None:
    header = {
        "descr": np.lib.format.dtype_to_descr(_dtype(field)),
        "fortran_order": False,
        "shape": (rows,) if field.length is None else (rows, field.length),
    }
    gathered.seek(0)
    with archive.open(f"{field.name}.npy", "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, header)
        while piece := gathered.read(1 << 20):
            file.write(piece)


def _dtype(field: Field) -> np.dtype[Any]:
    """How a column is stored in an array: a number that a row may lack is a float, for NaN."""
    if field.kind == "word" or (field.kind == "boolean" and field.optional):
        return np.dtype(f"<U{max(5, field.width)}")
    if field.kind == "boolean":
        return np.dtype(np.bool_)
    whole = field.kind == "integer" and not field.optional
    return np.dtype(np.int64 if whole else np.float64)


def _stored(field: Field, columns: Columns) -> Any:
    dtype, rows = _dtype(field), length(columns)
    shape = (rows,) if field.length is None else (rows, field.length)
    values = columns.get(field.name)
    if dtype.kind == "U":
        texts = np.full(shape, "", dtype=dtype)
        if values is not None:
            flat = ["" if v is None else str(cell(v)) for v in _flat(values, field)]
            texts = np.array(flat, dtype=dtype).reshape(shape)
        return texts
    if values is None:
        return np.full(shape, np.nan, dtype=dtype)
    if values.dtype == object:
        missing = [np.nan] * (field.length or 1)
        numbers = [
            one
            for value in values.tolist()
            for one in (missing if value is None else value if isinstance(value, list) else [value])
        ]
        return np.array(numbers, dtype=dtype).reshape(shape)
    return values.astype(dtype, copy=False)


def _flat(values: Any, field: Field) -> list[Any]:
    return values.reshape(-1).tolist() if field.length is not None else values.tolist()  # type: ignore[no-any-return]


def _parquet_file(file: IO[bytes], fields: Sequence[Field], blocks: Iterable[Columns]) -> None:
    """Apache Parquet, a row group a block."""
    pyarrow = library("pyarrow", "a parquet file")
    parquet = library("pyarrow.parquet", "a parquet file")
    plain = {
        "integer": pyarrow.int64(),
        "decimal": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "word": pyarrow.string(),
    }
    kinds = [plain[f.kind] if f.length is None else pyarrow.list_(plain[f.kind]) for f in fields]
    schema = pyarrow.schema(list(zip((field.name for field in fields), kinds, strict=True)))
    with parquet.ParquetWriter(file, schema) as writer:
        for columns in blocks:
            arrays = [
                pyarrow.array(_for_parquet(pyarrow, field, columns), type=kind, from_pandas=True)
                for field, kind in zip(fields, kinds, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))


def _for_parquet(pyarrow: Any, field: Field, columns: Columns) -> Any:
    """A column as the library takes it quickly: an array of words, of one word once."""
    values = columns.get(field.name)
    if values is None:
        return [None] * length(columns)
    if field.kind != "word":
        return values if values.ndim == 1 else values.tolist()
    words = each_once(lambda v: None if v is None else encodable(str(cell(v))), values)
    if words.codes is None:
        return words.texts
    if len(words.texts) == 1:
        return pyarrow.repeat(pyarrow.scalar(words.texts[0], pyarrow.string()), len(words.codes))
    return pyarrow.array(words.texts, pyarrow.string()).take(pyarrow.array(words.codes))


TEXTS: dict[str, Callable[[Sequence[Field], Iterable[Columns], bool], Iterator[str]]] = {
    ".csv": csv_text,
    ".jsonl": json_lines,
}
"""What writes a file of an ending as text, block after block."""
WRITERS: dict[str, Callable[[IO[bytes], Sequence[Field], Iterable[Columns]], None]] = {
    ".npz": _npz_file,
    ".parquet": _parquet_file,
}
"""What writes a file of an ending that is complete only in the end."""
ENDINGS = (*TEXTS, *WRITERS)


def kind(path: str, format_: str | None = None) -> str:
    """What a file is, one of `ENDINGS`: its own, or a format where that says nothing.

    Raises `CostcalcError` for an ending that nothing writes, and for both at once.
    """
    ending = os.path.splitext(path)[1]
    if ending in ENDINGS:
        if format_ is not None:
            raise CostcalcError("its ending says what is written: leave out --format", path)
        return ending
    if f".{format_}" in ENDINGS:
        return f".{format_}"
    raise CostcalcError(
        f"the ending must be one of {', '.join(ENDINGS)}\n"
        "a FIFO or device has none: there --format csv or --format jsonl says what is written",
        path,
    )


def write(
    file: IO[bytes],
    kind: str,
    fields: Sequence[Field],
    blocks: Iterable[Columns],
    begun: bool = False,
) -> None:
    """Write rows to a file of a kind; to a text that has `begun`, more of them.

    Raises `CostcalcError` where it cannot be written, or a library is not there.
    """
    if kind in TEXTS:
        for text in TEXTS[kind](fields, blocks, begun):
            file.write(text.encode())
    else:
        WRITERS[kind](file, fields, blocks)
