"""A large network is counted in time and memory linear in its layers (ratios in one run)."""

from __future__ import annotations

from tests.benchmarks.speed import count, spec


def test_a_hundred_thousand_layers_are_linear():
    small_seconds, small_bytes = count(spec(100, 100))
    for rows, repeats in ((100, 1000), (20_000, 5)):  # many repeats, many rows
        large_seconds, large_bytes = count(spec(rows, repeats))
        assert large_seconds < 10 * small_seconds * 2
        assert large_bytes < 10 * small_bytes * 1.5
