"""The command line: one thin file per command; a spec's name is a command."""
