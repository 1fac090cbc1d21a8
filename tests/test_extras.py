"""Libraries of an extra that are not there, or there and of no use: said before any work."""

from __future__ import annotations

import itertools
import sys
import tomllib

import pytest

from costcalc import extras
from tests.conftest import ROOT

SWEEP = ["sweep", "mobilenet", "--alpha", "0.5,1", "--plot", "params,alpha"]
USES = {
    "altair": [*SWEEP, "--plot-file", "x.svg"],
    "vl_convert": [*SWEEP, "--plot-file", "x.svg"],
    "uniplot": SWEEP,
    "pyarrow": [*SWEEP[:-2], "-o", "x.parquet"],
    "pygls": ["lsp"],
    "distributed": [*SWEEP[:-2], "--dask", "tcp://localhost:1"],
}
METHODS = {"pandas", "polars", "xarray"}
"""What no command uses: tests/report/test_notebook.py."""
PACKAGES = {"vl_convert": "altair[save]"}
"""What pyproject.toml calls a module, where that is not its name."""
BROKEN = {
    "raise ImportError('made for another numpy')": "ImportError: made for another numpy",
    "raise AttributeError('_ARRAY_API')": "AttributeError: _ARRAY_API",
    "import nowhere_to_be_found": "ModuleNotFoundError: No module named 'nowhere_to_be_found'",
    "import sys; sys.stderr.write('a page'); 1 / 0": "ZeroDivisionError: division by zero",
}


@pytest.fixture
def ran(tmp_path, monkeypatch, costcalc):
    """A command with a library in whose place a module of one's own stands."""

    def run(name, code):
        library = tmp_path / "libraries" / name
        library.mkdir(parents=True)
        (library / "__init__.py").write_text(code)
        for known in [one for one in sys.modules if one.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, known)
        monkeypatch.syspath_prepend(library.parent)
        return costcalc(*USES[name], cwd=tmp_path)

    return run


def test_each_is_used_and_belongs_to_an_extra():
    optional = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert USES.keys() | METHODS == extras.EXTRAS.keys()
    for name, extra in extras.EXTRAS.items():
        assert any(line.startswith(PACKAGES.get(name, name)) for line in optional[extra]), name


@pytest.mark.parametrize("name", USES)
def test_one_that_is_not_installed(name, ran, tmp_path):
    missing = ran(name, f"raise ModuleNotFoundError(\"No module named '{name}'\", name='{name}')")
    assert (missing.code, missing.out) == (2, "")
    assert missing.err.endswith(f" needs {name}: pip install 'costcalc[{extras.EXTRAS[name]}]'\n")
    assert not list(tmp_path.glob("x.*"))


@pytest.mark.parametrize(("name", "code"), list(zip(USES, itertools.cycle(BROKEN), strict=False)))
def test_one_that_does_not_work_is_not_called_missing(name, code, ran, tmp_path):
    broken = ran(name, code)
    assert (broken.code, broken.out) == (2, "")
    said, reason, remedy = broken.err.splitlines()
    assert said.endswith(f" needs {name}, which is installed but cannot be imported")
    assert (reason, remedy) == (
        BROKEN[code],
        f"pip install --upgrade 'costcalc[{extras.EXTRAS[name]}]'",
    )
    assert not list(tmp_path.glob("x.*"))
