"""What a convolutional network costs, exactly: parameters, Mult-Adds and memory access.

>>> import costcalc
>>> costcalc.load("mobilenet", alpha=0.5, res=160).mult_adds
76524800
"""

from costcalc.errors import CostcalcError, SpecError
from costcalc.library import check, compare
from costcalc.network import Network, load

__version__ = "0.1.0"
__all__ = ["CostcalcError", "Network", "SpecError", "check", "compare", "load"]
