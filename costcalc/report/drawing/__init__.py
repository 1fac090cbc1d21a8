"""Pictures of networks in files and terminals: a module a format."""
