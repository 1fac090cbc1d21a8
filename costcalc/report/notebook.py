"""Results in a notebook, and as columns for other libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from costcalc.claims.ledger import Checked, Ledger
from costcalc.cost.groups import by_row
from costcalc.frames import Columns, View
from costcalc.network import Network
from costcalc.report.document import Column, For, plural
from costcalc.report.result import Result, Table

ROWS = 40
"""So many configurations of a sweep are shown."""


def view(result: Any) -> View:
    """How a result looks, and its columns. Raises `TypeError` for what is none.

    >>> list(view(costcalc.load("mobilenet")).columns())[:3]
    ['name', 'type', 'output']
    """
    for kind in type(result).__mro__:
        if kind.__name__ in _VIEWS:
            return _VIEWS[kind.__name__](result)
    raise TypeError(f"{type(result).__name__} has no view")


def _html(result: Result) -> str:
    """The header and the tables that people see, as the report has them."""
    from costcalc.report.html.elements import Html, element
    from costcalc.report.html.page import asset
    from costcalc.report.html.table import table

    title, *lines = result.header
    said = [element("strong", title), *lines]
    head = element("p", [[one, Html("<br>")] for one in said])
    tables = [table(one) for one in result.tables if one.seen & For.PEOPLE]
    style = element("style", Html(asset("pieces.css")))
    return element("div", style, head, *tables, class_="costcalc")


def _columns(result: Result) -> dict[str, list[Any]]:
    """The columns of the table that CSV has."""
    (sheet,) = result.for_csv().sheets
    return {
        column.key: _of_one_kind([_plain(column, value) for value in values])
        for column, values in zip(sheet.columns, sheet.cells, strict=True)
    }


def _of_one_kind(values: list[Any]) -> list[Any]:
    """The values as words or floats where some are: a column of a table is of one kind."""
    types = {*map(type, values)} - {type(None)}
    for kind in (str, float):
        if kind in types and len(types) > 1:
            return [value if value is None else kind(value) for value in values]
    return values


def _plain(column: Column, value: Any) -> Any:
    """A value as one that every library has: exact where it is whole."""
    if isinstance(value, Fraction):
        return int(value) if column.kind == "count" else float(value)
    if type(value) in (list, tuple):
        return ", ".join(map(str, value))
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _network(network: Network) -> View:
    from costcalc.report.network import network_result

    def rows() -> Result:
        groups = by_row(network.graph, network.sum_up)
        return network_result(network, groups, "row", Ledger())

    return View(
        lambda: _html(rows()), lambda: _columns(network_result(network, None, "layer", Ledger()))
    )


def _comparison(found: Sequence[Mapping[str, Any]]) -> View:
    from costcalc.report.comparison import compare_result

    def result() -> Result:
        networks = [one["network"] for one in found]
        return compare_result(networks, [one["reported"] for one in found], networks[0])

    return View(lambda: _html(result()), lambda: _columns(result()))


def _difference(found: Any) -> View:
    from costcalc.report.diff import diff_result

    def columns() -> Columns:
        """Of what changed alone: the totals are in `totals`."""
        every = _columns(diff_result(found))
        rows = [n for n, status in enumerate(every["status"]) if status != "total"]
        kept = {name: [values[n] for n in rows] for name, values in every.items()}
        return {name: v for name, v in kept.items() if not rows or set(v) != {None}}

    return View(lambda: _html(diff_result(found)), columns)


def _prediction(found: Any) -> View:
    from costcalc.report.network import reference
    from costcalc.report.time import layers_table, with_error

    timing = found.timing
    run = [f"batch {found.batch}", timing.dtype, timing.layout, timing.runtime]
    header = [
        f"{reference(found.network)}: {with_error(found)}",
        " · ".join(filter(None, run)),
        *(f"outside of what was measured: {said}" for said in found.outside),
    ]

    def columns() -> Columns:
        layers = [(one.layer, found.of_layer(one)) for one in found.layers]
        return {
            "layer": [layer.name for layer, _ in layers],
            "type": [layer.type for layer, _ in layers],
            "mult_adds": [int(layer.mult_adds) for layer, _ in layers],
            "milliseconds": [spent for _, spent in layers],
        }

    return View(lambda: _html(Result(header, [layers_table(found)])), columns)


def _ledger(found: Ledger) -> View:
    from costcalc.report.check import check_result

    def result() -> Result:
        lines: dict[int, Ledger] = {}
        for line in found:
            lines.setdefault(id(line.spec), Ledger()).append(line)
        checked = [Checked(own[0].spec.key, own[0].spec, own, ()) for own in lines.values()]
        return check_result(checked, len(checked) == 1, "")

    return View(lambda: _html(result()), lambda: _columns(result()))


def _budgets(found: Any) -> View:
    from costcalc.report.budgets import budgets_result

    return View(lambda: _html(budgets_result(found)), lambda: _columns(budgets_result(found)))


def _sweep(found: Any) -> View:
    def html() -> str:
        columns = found.records()
        count = len(next(iter(columns.values()), []))
        heads = [Column(name, name, "exact" if name in found else "text") for name in columns]
        shown = {name: list(values[:ROWS]) for name, values in columns.items()}
        rows = [
            {name: _cell(value) for name, value in zip(shown, row, strict=True)}
            for row in zip(*shown.values(), strict=True)
        ]
        more = [f"... and {count - ROWS:,} more"] if count > ROWS else []
        header = [found.spec.name, plural(count, "configuration")]
        return _html(Result(header, [Table(heads, rows, notes=more)]))

    return View(html, found.records)


def _cell(value: Any) -> Any:
    """A value of an array as Python has it, a float as it prints."""
    value = value.item() if hasattr(value, "item") else value
    return f"{value:.10g}" if isinstance(value, float) else value


_VIEWS: dict[str, Callable[[Any], View]] = {
    "Network": _network,
    "Comparison": _comparison,
    "Diff": _difference,
    "Prediction": _prediction,
    "Ledger": _ledger,
    "Budgets": _budgets,
    "Grid": _sweep,
    "Points": _sweep,
}
