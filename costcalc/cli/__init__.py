"""The command line: one thin file per command; a spec's name is a command.

Importing it is the first that the command does, so it is here that the collector is told to wait.
"""

import gc

ALLOCATIONS = 50_000
"""New objects until Python looks for cycles among them. A network is a hundred thousand records
without one: looking every 700 takes two fifths of the time of a deep one."""

gc.set_threshold(ALLOCATIONS)
