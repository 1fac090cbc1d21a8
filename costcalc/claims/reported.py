"""What a source measured by training: nobody computes it, so it is repeated as printed."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from costcalc.claims.printed import read_number
from costcalc.language.model import Claim, Spec, Value
from costcalc.language.quantities import REPORTED
from costcalc.language.settings import settle


class Reported(NamedTuple):
    """One printed measurement: of which configuration (every hyperparameter), and its value.

    `quantity` is one of `REPORTED`; `value` is in the unit it is printed in, percent.
    """

    settings: dict[str, Value]
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
                middle = (number.low + number.high) / 2
                found.append(Reported(settle(spec, claim.settings), claim.quantity, middle))
    return found


def _is_of_the_whole(claim: Claim) -> bool:
    """Whether the number is about this network, and all of it."""
    return not (claim.network or claim.without or claim.rows or claim.type)
