"""Work cut into tasks, and the places where they run: here, in processes, elsewhere."""
