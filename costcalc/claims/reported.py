"""What a source measured by training: nobody computes it, so it is repeated as printed."""

from __future__ import annotations

from fractions import Fraction

from costcalc.claims.printed import read_number
from costcalc.language.claim import Claim
from costcalc.language.quantities import REPORTED
from costcalc.language.settings import Settled, complete
from costcalc.language.spec import Spec
from costcalc.network import Network
from costcalc.records import NamedTuple


class Reported(NamedTuple):
    """One printed measurement: of which configuration (every hyperparameter), and its value.

    `quantity` is one of `REPORTED`; `value` is in the unit it is printed in, percent.
    """

    settings: Settled
    quantity: str
    value: Fraction


def reported(spec: Spec) -> list[Reported]:
    """What the network's own source reports of it, in the spec's order.

    What a claim leaves open stands at its default. Left out are numbers of other networks, and
    those of a part of this one (`without`, `rows_of`, `type`): a body with another classifier on
    top was measured in another task, and its number is not this network's.
    """
    found = []
    for claim in spec.claims:
        if claim.quantity in REPORTED and _is_of_the_whole(claim):
            number = read_number(claim.printed.means or claim.printed.text, "", "nearest")
            if number is not None:
                settled = complete(spec, claim.settings)
                found.append(Reported(settled, claim.quantity, number.anchor))
    return found


def reported_for(network: Network) -> dict[str, Fraction]:
    """What the network's own source reports of this configuration, in percent, by quantity.

    >>> from costcalc.network import load
    >>> reported_for(load("mobilenet", alpha=0.5))
    {'accuracy': Fraction(637, 10)}
    """
    found: dict[str, Fraction] = {}
    for one in reported(network.spec):
        if one.settings == network.hyperparameters:
            found.setdefault(one.quantity, one.value)  # the first printed stands
    return found


def _is_of_the_whole(claim: Claim) -> bool:
    """Whether the number is about this network, and all of it."""
    return not (claim.network or claim.without or claim.rows or claim.type)
