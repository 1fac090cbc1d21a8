"""A network as a picture: its graph folded, and laid out."""
