"""Many configurations at once: spaces, their evaluation, filters and fronts."""
