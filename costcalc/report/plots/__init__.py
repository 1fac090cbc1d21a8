"""Two columns as a picture: in the terminal or a file."""
