"""How many of a model file's weights are not zero: the one place where weights are read.

Nobody pays for it who has not asked (`READ`). Bytes are looked at where they stand in the file, or
in a file beside it that it names, and nowhere else.
"""

from __future__ import annotations

import functools
import math
import mmap
import os
from typing import TYPE_CHECKING, Any

from costcalc.errors import CostcalcError
from costcalc.importers.records import Beside, Constant, ModelFile
from costcalc.language.reader import opened
from costcalc.safe_text import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMS = {
    "float32": "<f4", "float16": "<f2", "float64": "<f8", "int8": "i1", "uint8": "u1",
    "int16": "<i2", "uint16": "<u2", "int32": "<i4", "int64": "<i8", "bfloat16": "<u2",
}  # fmt: skip
"""How elements stand in bytes, in numpy's words."""
DIGITS = 18
"""Of a share: with so many, the share of any tensor in a file gives its number back."""


class Weights:
    """The weights of a file."""

    def __init__(self, file: ModelFile) -> None:
        self.file = file

    def kept(self, constants: Sequence[Constant]) -> str:
        """The share of the constants' elements that are not zero, as a cell, rounded down.

        Raises `CostcalcError` for weights that are not in the file, and for those that stand in
        it as something else than plain numbers.
        """
        sizes = [math.prod(constant.shape) for constant in constants]
        found, total = sum(map(self._nonzero, constants, sizes)), sum(sizes)
        share = found * 10**DIGITS // total if total else 10**DIGITS
        whole, part = divmod(share, 10**DIGITS)
        return str(whole) if not part else f"{whole}.{part:0{DIGITS}d}".rstrip("0")

    def _nonzero(self, constant: Constant, total: int) -> int:
        import numpy as np

        form = FORMS.get(constant.type)
        data = self._bytes(constant)
        if form is None or data is None or len(data) != np.dtype(form).itemsize * total:
            raise CostcalcError(
                f"the {total:,} weights '{shortened(constant.name)}' are not in"
                " the file as plain numbers\n--keep-zeros reads them; all else needs their sizes"
                " alone",
                self.file.path,
            )
        values = np.frombuffer(data, dtype=form)
        if constant.type == "bfloat16":
            values = values & 0x7FFF  # without the sign: -0 is 0
        return int(np.count_nonzero(values != self._zeros.get(constant.name, 0)))

    def _bytes(self, constant: Constant) -> memoryview | None:
        place = constant.place
        if not isinstance(place, Beside):
            return place
        folder = os.path.realpath(os.path.dirname(self.file.path))
        path = os.path.realpath(os.path.join(folder, place.name))
        if os.path.dirname(path) != folder:
            raise CostcalcError(
                f"weights in '{shortened(place.name)}', which is not beside it",
                self.file.path,
            )
        with opened(path, "weights lie in a file") as stored:
            length = os.fstat(stored.fileno()).st_size
            end = length if place.length is None else place.start + place.length
            if not place.start < end <= length:
                raise CostcalcError(
                    f"weights at bytes {place.start:,} to {end:,} of"
                    f" '{shortened(place.name)}', which has {length:,}",
                    self.file.path,
                )
            whole = memoryview(mmap.mmap(stored.fileno(), 0, access=mmap.ACCESS_READ))
        return whole[place.start : end]

    @functools.cached_property
    def _zeros(self) -> Mapping[str, Any]:
        """What stands for zero in each constant that is dequantised with another number."""
        found = {}
        for node in self.file.nodes:
            if node.kind == "DequantizeLinear" and len(node.inputs) > 2:
                point = self.file.constants.get(node.inputs[2])
                if point is not None and point.values and len(set(point.values)) == 1:
                    found[node.inputs[0]] = point.values[0]
        return found
