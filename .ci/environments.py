"""In which environments costcalc must work: `lowest` libraries, and every one of the `pythons`.

    python3 .ci/environments.py lowest     constraints for pip: the lowest version of each library
    python3 .ci/environments.py pythons    the Pythons of this machine that fit, lowest first

Both are read from pyproject.toml, so no version stands here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
PYENV = Path.home() / ".pyenv" / "versions"
NEWEST = 40
"""The last minor version of Python 3 to look for."""


def lowest() -> list[str]:
    """`name==version` for each library, those of the extras included."""
    found = []
    for requirement in chain(PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        bound = re.fullmatch(r"([\w.-]+)(?:\[[\w,]+\])?(?:>=([\d.]+))?", requirement)
        assert bound, f"not a name with its lowest version: {requirement}"
        name, version = bound.groups()
        if name != PROJECT["name"]:  # an extra that is made of others
            assert version, f"no lowest version: {requirement}"
            found.append(f"{name}=={version}")
    return found


def pythons() -> list[str]:
    """The path of one Python of each version that is new enough and can make an environment."""
    first = int(PROJECT["requires-python"].removeprefix(">=3."))
    minors = range(first, NEWEST)
    candidates = [shutil.which(f"python3.{minor}") for minor in minors]
    candidates += [str(path) for path in sorted(PYENV.glob("3.*/bin/python3"))]
    found: dict[int, str] = {}
    for python in filter(None, candidates):
        code = "import ensurepip, sys, venv; print(sys.version_info.minor)"
        asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and int(asked.stdout) in minors:
            found.setdefault(int(asked.stdout), python)
    return [found[minor] for minor in sorted(found)]


if __name__ == "__main__":
    print("\n".join({"lowest": lowest, "pythons": pythons}[sys.argv[1]]()))
