"""Memory: what moves, what stays alive and what must be stored."""
