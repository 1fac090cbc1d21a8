"""From facts to totals: what counts as params, groups of layers, claims held against print."""
