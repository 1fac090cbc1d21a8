"""How much of a cost has which colour."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from costcalc.drawing.box import all_boxes
from costcalc.drawing.picture import Picture
from costcalc.records import NamedTuple

_STOPS = ((247, 250, 253), (201, 223, 241), (126, 178, 221), (58, 124, 189), (11, 66, 133))
"""From nothing to the most, evenly: each darker than the one before, also in print."""
_DARK = 150
"""Up to this brightness, text on a colour is white."""


class Scale(NamedTuple):
    """Shares from none to `most` as colours."""

    most: Fraction

    @classmethod
    def of(cls, pictures: Iterable[Picture]) -> Scale:
        """One for several pictures: the largest share of a box has the darkest colour."""
        shares = (
            made.costs.share(box.layers)
            for made in pictures
            for box in all_boxes(made.boxes)
            if not box.inside
        )
        return cls(max(shares, default=Fraction(0)))

    def _rgb(self, share: Fraction) -> tuple[int, ...]:
        position = share / self.most * (len(_STOPS) - 1) if self.most else Fraction(0)
        below = min(int(position), len(_STOPS) - 2)
        part = position - below
        return tuple(
            round(a + (b - a) * part) for a, b in zip(_STOPS[below], _STOPS[below + 1], strict=True)
        )

    def colour(self, share: Fraction) -> str:
        """The colour of a share.

        >>> Scale(Fraction(1, 4)).colour(Fraction(0))
        '#f7fafd'
        """
        return "#" + "".join(f"{part:02x}" for part in self._rgb(share))

    def ink(self, share: Fraction) -> str:
        """The colour of text on it."""
        red, green, blue = self._rgb(share)
        brightness = (299 * red + 587 * green + 114 * blue) / 1000
        return "#ffffff" if brightness <= _DARK else "#16202c"

    def stops(self) -> list[str]:
        """The colours of evenly spaced shares, for a legend."""
        return [self.colour(self.most * n / (len(_STOPS) - 1)) for n in range(len(_STOPS))]
