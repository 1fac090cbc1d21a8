"""What papers and tools count: data files, and the code that applies them to a network."""
