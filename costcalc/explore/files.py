"""Rows of a sweep as tables, text and files."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import click
import numpy as np

from costcalc.errors import CostcalcError
from costcalc.explore.sweep import Columns, Found

SHOWN = 40
"""Rows a table shows before it says how many more there are."""


def footer(found: Found) -> str:
    """How many configurations there were, and how many were no networks."""
    rows = len(found.columns["network"]) if found.columns else 0
    text = f"{rows:,} of {found.configurations:,} configurations"
    if found.invalid:
        first = found.example.partition("\n")[0]
        text += f"; {found.invalid:,} left out as no networks, such as: {first}"
    return text


def show(
    found: Found,
    shown: Sequence[str],
    metrics: Sequence[str],
    convention: str,
    format_: str,
    terminal: bool,
) -> None:
    """Write the rows to stdout: in tables the columns `shown` and the metrics, in data all."""
    if format_ in ("csv", "jsonl"):
        write_text = _csv if format_ == "csv" else _jsonl
        for piece in write_text(found.columns):
            click.echo(piece, nl=False)
        return
    if format_ == "json":
        document = {"schema_version": 1, "configurations": found.configurations,
                    "invalid": found.invalid, "rows": list(_records(found.columns))}  # fmt: skip
        click.echo(json.dumps(document, indent=2))
        return
    from costcalc.report import markdown, plain
    from costcalc.report.document import Column, Document, Sheet

    names = [name for name in (*shown, *metrics) if name in found.columns]
    columns = [Column(name, name, "count" if name in metrics else "text") for name in names]
    total = len(found.columns["network"]) if found.columns else 0
    limit = SHOWN if format_ == "table" else total
    lists = [found.columns[name][:limit].tolist() for name in names]
    rows = [[_plain(value) for value in row] for row in zip(*lists, strict=True)]
    more = f"... and {total - limit:,} more rows: --top, --where, or -o FILE"
    sheet = Sheet(columns, rows, notes=[*([more] if total > limit else []), footer(found)])
    head = f"batch 1 · convention {convention} · memory access in elements"
    document_ = Document([head], [sheet])
    if format_ == "md":
        click.echo(markdown.render(document_), nl=False)
    elif terminal:
        from rich.console import Console

        from costcalc.report import terminal as pretty

        pretty.render(document_, Console())
    else:
        click.echo(plain.render(document_), nl=False)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else value


def _csv(columns: Columns) -> Iterator[str]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for record in zip(*(values.tolist() for values in columns.values()), strict=True):
        writer.writerow([_plain(value) for value in record])
        if out.tell() > 1 << 16:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _jsonl(columns: Columns) -> Iterator[str]:
    for record in _records(columns):
        yield json.dumps(record) + "\n"


def _records(columns: Columns) -> Iterator[dict[str, Any]]:
    for row in zip(*(values.tolist() for values in columns.values()), strict=True):
        yield {k: v for k, v in zip(columns, row, strict=True) if v is not None}


def write(path: str, found: Found) -> None:
    """Write all rows to a file by its ending, whole or not at all. Raises `CostcalcError`."""
    ending = os.path.splitext(path)[1]
    writers = {".csv": _csv_file, ".jsonl": _jsonl_file, ".npz": _npz, ".parquet": _parquet}
    if ending not in writers:
        raise CostcalcError(f"{path}: the ending must be one of {', '.join(writers)}")
    folder = os.path.dirname(os.path.abspath(path))
    try:
        handle, temporary = tempfile.mkstemp(dir=folder, suffix=ending)
        os.close(handle)
    except OSError as error:
        raise CostcalcError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        writers[ending](temporary, found.columns)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _csv_file(path: str, columns: Columns) -> None:
    with open(path, "w", newline="") as file:
        file.writelines(_csv(columns))


def _jsonl_file(path: str, columns: Columns) -> None:
    with open(path, "w") as file:
        file.writelines(_jsonl(columns))


def _npz(path: str, columns: Columns) -> None:
    plain = {
        name: values.astype(str) if values.dtype == object else values
        for name, values in columns.items()
    }
    np.savez_compressed(path, **plain)


def _parquet(path: str, columns: Columns) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise CostcalcError("parquet needs pyarrow: pip install 'costcalc[parquet]'") from None
    table = pyarrow.table({name: values.tolist() for name, values in columns.items()})
    pyarrow.parquet.write_table(table, path)
