"""What results are in a notebook, and as tables of other libraries.

How a result looks is said above (`report/notebook.py`); the package hands that in here, so that
a network, which stands below all reports, shows itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from costcalc.extras import library
from costcalc.records import NamedTuple

Columns = Mapping[str, Any]
"""Equally long columns by name: lists or arrays of numbers, words and truth values."""


class View(NamedTuple):
    """A result for people, as HTML, and for other libraries, as columns: both when asked for."""

    html: Callable[[], str]
    columns: Callable[[], Columns]


VIEWS: list[Callable[[Any], View]] = []
"""What knows the view of a result: one, which the package hands in."""


def _view(result: Any) -> View:
    return VIEWS[0](result)


class Framed:
    """A result that shows itself in a notebook, and that other libraries take as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Itself for a notebook."""
        return _view(self).html()

    def columns(self) -> Columns:
        """The table as columns.

        Returns:
            Lists or arrays by name, as `--format csv` has them: whole numbers stay such.

        >>> costcalc.load("mobilenet").columns()["mult_adds"][0]
        10838016
        """
        return _view(self).columns()

    def to_pandas(self) -> Any:
        """The table as a `pandas.DataFrame`.

        Returns:
            A row a layer of a network or prediction, a network of a comparison, a change of
            a difference, a configuration of a sweep, a printed number of `check`, a limit of
            `budgets`.

        Raises:
            CostcalcError: pandas is not installed.

        >>> int(costcalc.load("mobilenet").to_pandas()["params"].sum())
        4209088
        """
        return library("pandas", "to_pandas").DataFrame(dict(self.columns()))

    def to_polars(self) -> Any:
        """The table as a `polars.DataFrame`.

        Returns:
            The rows of `to_pandas`.

        Raises:
            CostcalcError: polars is not installed.

        >>> costcalc.load("mobilenet").to_polars()["params"].sum()
        4209088
        """
        return library("polars", "to_polars").DataFrame(dict(self.columns()))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The table for whatever reads Arrow's PyCapsule interface, with no library between.

        Args:
            requested_schema: what the reader would rather have; it gets the columns as they are.

        Returns:
            A capsule named `arrow_array_stream`.

        Example: `pyarrow.table(costcalc.load("mobilenet"))`
        Source: https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
        """
        from costcalc.arrow import stream  # nothing to pay unless asked for

        return stream(self.columns())
