"""Libraries that only some commands need: each belongs to an extra of the package."""

from __future__ import annotations

import contextlib
import importlib
import io
from typing import Any

from costcalc.errors import CostcalcError

EXTRAS = {
    "altair": "plot",
    "vl_convert": "plot",  # with which altair draws SVG and PNG
    "uniplot": "plot",
    "pyarrow": "parquet",
    "distributed": "dask",
    "pygls": "lsp",
    "pandas": "notebook",
    "polars": "notebook",
    "xarray": "notebook",
}
"""The extra of `pyproject.toml` that each library is in."""


def library(name: str, purpose: str) -> Any:
    """Import a library of an extra, when it is needed.

    Args:
        name: the module, whose first part is a key of `EXTRAS`: `pyarrow.parquet`.
        purpose: what needs it, as the message begins: `a picture`.

    Returns:
        The module.

    Raises:
        CostcalcError: it is not installed; or it is, but cannot be imported, with the reason.

    >>> library("pyarrow", "a parquet file").__name__
    'pyarrow'
    """
    root = name.partition(".")[0]
    extra = f"'costcalc[{EXTRAS[root]}]'"
    try:
        # numpy writes a page of advice there when a library was made for another numpy
        with contextlib.redirect_stderr(io.StringIO()):
            return importlib.import_module(name)
    except Exception as error:  # whatever a library that does not fit raises
        if isinstance(error, ModuleNotFoundError) and error.name == root:
            reason, remedy = "", f": pip install {extra}"
        else:
            reason = ", which is installed but cannot be imported"
            remedy = f"\n{type(error).__name__}: {error}\npip install --upgrade {extra}"
        raise CostcalcError(f"{purpose} needs {root}{reason}{remedy}") from None
