"""The commands as functions: compare and check without a command line."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from costcalc.claims.checker import ClaimChecker
from costcalc.claims.ledger import Ledger
from costcalc.claims.reported import reported_for
from costcalc.cost.totals import METRICS
from costcalc.frames import Framed
from costcalc.language.find import names
from costcalc.library import load_spec
from costcalc.network import Network, parse_reference


class Comparison(list[dict[str, Any]], Framed):
    """Networks side by side: a mapping for each."""


def compare(*networks: Network | str) -> Comparison:
    """Networks side by side.

    Args:
        networks: each a `Network` or a reference like "mobilenet:alpha=0.5,res=160".

    Returns:
        A mapping for each, in the order given: the `network`, its totals (elements and counts, as
        integers), `ratios` of each total to the first network's (exact fractions; None where that
        is zero), and `reported`, what the paper measured for this configuration, in percent.

    Raises:
        CostcalcError: for what is no network or no setting of it.

    >>> full, shallow = costcalc.compare("mobilenet", "mobilenet:body=shallow")
    >>> shallow["mult_adds"], shallow["ratios"]["mult_adds"]
    (307323392, Fraction(600241, 1110821))
    """
    built = [n if isinstance(n, Network) else parse_reference(n) for n in networks]
    return Comparison(
        {
            "network": network,
            **network.totals._asdict(),
            "ratios": _ratios(network, built[0]),
            "reported": reported_for(network),
        }
        for network in built
    )


def _ratios(network: Network, first: Network) -> Mapping[str, Fraction | None]:
    pairs = {m: (getattr(network.totals, m), getattr(first.totals, m)) for m in METRICS}
    return {m: Fraction(own, base) if base else None for m, (own, base) in pairs.items()}


def check(*references: str) -> Ledger:
    """Published numbers beside computed ones.

    Args:
        references: names or paths of specs; none for all built-in ones.

    Returns:
        A line a number, with `model`, `where`, `hyperparameters`, `metric`, `printed`, `computed`,
        `verdict` and `note`; `failed` says whether any discrepancy is not recorded.

    Raises:
        CostcalcError: at the first spec that is wrong; the command checks the others, too.

    >>> ledger = costcalc.check("mobilenet")
    >>> ledger.failed, {line.printed for line in ledger if "99.29" in line.note}
    (False, {'1.19%'})
    """
    return ClaimChecker().ledger(load_spec(name) for name in dict.fromkeys(references or names()))
