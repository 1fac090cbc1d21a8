"""Memory: what moves, what stays alive, what must be stored, and how long moving it takes."""
