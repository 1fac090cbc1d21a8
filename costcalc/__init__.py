"""What a convolutional network costs, exactly: parameters, Mult-Adds and memory access.

>>> import costcalc
>>> costcalc.load("mobilenet", alpha=0.5, res=160).mult_adds
76524800
"""

from typing import TYPE_CHECKING, Any

from costcalc.errors import CostcalcError, SpecError
from costcalc.library import check, compare
from costcalc.network import Network, load

__version__ = "0.1.0"
__all__ = ["CostcalcError", "Network", "SpecError", "check", "compare", "fit", "load", "sweep"]

if TYPE_CHECKING:
    from costcalc.explore.fit import fit
    from costcalc.explore.grid import sweep


def __getattr__(name: str) -> Any:
    """`fit` and `sweep` bring numpy with them: only those who ask for them wait for that."""
    if name == "fit":
        from costcalc.explore.fit import fit

        return fit
    if name == "sweep":
        from costcalc.explore.grid import sweep

        return sweep
    raise AttributeError(f"module 'costcalc' has no attribute '{name}'")
