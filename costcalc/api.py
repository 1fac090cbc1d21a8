"""The commands as functions: compare and check without a command line."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Ledger
from costcalc.claims.reported import reported_for
from costcalc.cost.totals import METRICS
from costcalc.language.find import names
from costcalc.library import load_spec
from costcalc.network import Network, parse_reference


def compare(*networks: Network | str) -> list[dict[str, Any]]:
    """Networks side by side: one mapping each, in the order given.

    A network is a `Network` or a reference like "mobilenet:alpha=0.5,res=160". Each mapping has
    the network, its totals (elements and counts, as integers), `ratios` of each total to the
    first network's (exact fractions; None where that is zero), and `reported`, what the paper
    measured for this configuration, in percent. Raises `CostcalcError`.

    >>> [row["ratios"]["mult_adds"] for row in compare("mobilenet", "mobilenet:body=shallow")]
    [Fraction(1, 1), Fraction(600241, 1110821)]
    """
    built = [n if isinstance(n, Network) else parse_reference(n) for n in networks]
    return [
        {
            "network": network,
            **network.totals._asdict(),
            "ratios": _ratios(network, built[0]),
            "reported": reported_for(network),
        }
        for network in built
    ]


def _ratios(network: Network, first: Network) -> Mapping[str, Fraction | None]:
    pairs = {m: (getattr(network.totals, m), getattr(first.totals, m)) for m in METRICS}
    return {m: Fraction(own, base) if base else None for m, (own, base) in pairs.items()}


def check(*references: str) -> Ledger:
    """Computed against printed: the ledger of these specs, or of all built-in ones.

    Each line has `model`, `where`, `hyperparameters`, `metric`, `printed`, `computed`,
    `verdict` and `note`; `ledger.failed` says whether any discrepancy is not recorded.
    Raises `CostcalcError` at the first spec that is wrong; the command checks the others, too.
    """
    return ClaimChecker().ledger(load_spec(name) for name in dict.fromkeys(references or names()))
