"""Sweeps give what numpy written by hand for one network gives, and each network by itself."""

from __future__ import annotations

import numpy as np
import pytest

import costcalc
from tests.benchmarks import by_hand
from tests.benchmarks.sweeps import compare


def test_a_grid():
    alphas, sizes = np.arange(51, 1051, 7) / 1000, np.arange(32, 1032, 9)
    compare(
        costcalc.sweep("mobilenet", alpha=alphas, res=sizes),
        by_hand.grid(alphas, sizes),
        lambda place: {"alpha": float(alphas[place[0]]), "res": int(sizes[place[1]])},
    )


@pytest.mark.parametrize("decimals", [3, 17])
def test_a_flat_list(decimals):
    random = np.random.default_rng(0)
    sizes = random.integers(32, 1032, size=10_000)
    alphas = np.round(random.uniform(0.05, 1, size=10_000), decimals)
    compare(
        costcalc.points("mobilenet", alpha=alphas, res=sizes),
        by_hand.flat(alphas, sizes),
        lambda place: {"alpha": alphas[place], "res": int(sizes[place])},
    )
