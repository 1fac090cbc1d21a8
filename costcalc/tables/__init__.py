"""Tables of configurations: what their columns hold, written and read."""
