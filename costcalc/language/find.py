"""Where specs are: the built-in ones by name, a user's own by path."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable

from costcalc.errors import CostcalcError, near
from costcalc.language.reader import STDIN, unreadable
from costcalc.language.references import as_text, divide_reference

EXTENSION = ".yaml"
MODELS = (".onnx", ".pt2", ".tflite")
"""What the names of model files end with."""
STDINS = (STDIN, "/dev/stdin")
"""References of what is written to stdin. With settings behind it the second is no option."""
ALLOWED = "COSTCALC_USE"
"""The environment variable with the folders from which a spec may use others, as in PATH."""


@functools.cache
def folder() -> str:
    """The folder of the built-in specs: beside the package in a checkout, inside it in a wheel."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "specs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "specs")


def names() -> list[str]:
    """The names of the built-in networks, in alphabetical order."""
    return sorted(
        entry.removesuffix(EXTENSION) for entry in os.listdir(folder()) if entry.endswith(EXTENSION)
    )


def is_path(reference: str) -> bool:
    """Whether a reference to a network is a file's path rather than a name."""
    return (
        reference in STDINS
        or os.sep in reference
        or "/" in reference
        or os.path.exists(reference)
        or reference.endswith((EXTENSION, ".yml"))
        or reference.lower().endswith(MODELS)
    )


def find(reference: str | os.PathLike[str], beside: str = "") -> str:
    """The path of a spec: built in, a file (relative to `beside`, the file that names it), `-`.

    Raises `CostcalcError` for a name that is not built in, or a path that leads out of the folder
    of `beside`.
    """
    reference = as_text(reference)
    if reference in STDINS and not beside:
        return STDIN
    known = names()
    if reference in known:
        return os.path.join(folder(), reference + EXTENSION)
    path = os.path.join(os.path.dirname(beside), reference)
    if is_path(reference) or os.path.exists(path):
        if beside:
            _require_allowed(reference, path, beside)
        return path
    raise CostcalcError(f"unknown network '{reference}'\n{instead(reference)}")


def instead(reference: str, commands: Iterable[str] = ()) -> str:
    """What somebody may have meant by a name that is none, of a network or of `commands`."""
    name, settings = divide_reference(reference)
    if settings is not None and (name in names() or is_path(name)):
        return f"here a network is named without settings: '{name}'"
    for ending in (EXTENSION, *MODELS):
        if os.path.exists(reference + ending):
            return f"did you mean '{reference}{ending}'?"
    nearest = near(reference, [*names(), *commands])
    return (
        f"did you mean '{nearest}'?" if nearest else "costcalc list has the names of all networks"
    )


def _require_allowed(reference: str, path: str, beside: str) -> None:
    """A spec may be a stranger's: it names files of its own folder, or of those its reader allows.

    Raises `CostcalcError` for another path, wherever links lead it.
    """
    allowed = filter(None, os.environ.get(ALLOWED, "").split(os.pathsep))
    folders = (os.path.dirname(beside), os.path.dirname(os.path.realpath(beside)), *allowed)
    try:
        leads_to = os.path.realpath(path)
        for folder in map(os.path.realpath, folders):
            if leads_to.startswith(os.path.join(folder, "")):
                return
    except (OSError, ValueError) as error:
        raise unreadable(reference, error) from None
    raise CostcalcError(
        f"'{reference}' leads out of the folder of {os.path.basename(beside)}\n"
        f"a spec names others beside or below it; {ALLOWED}=FOLDER allows a further folder"
    )
