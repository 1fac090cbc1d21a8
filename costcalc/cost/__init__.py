"""Facts to totals and groups."""
