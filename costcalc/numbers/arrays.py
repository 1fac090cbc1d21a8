"""What arrays hold, in signatures."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]
"""A column of any kind: int64, float64, truth values, or objects (words, what has no value)."""
Ints: TypeAlias = npt.NDArray[np.int64]
Truths: TypeAlias = npt.NDArray[np.bool_]
Stretch: TypeAlias = int | range
"""One of some values, or several that follow one another."""
Selection: TypeAlias = slice | Ints
"""Which of some rows: a stretch of them, or their indices."""
