"""Where boxes and edges of a graph without cycles go: ranks, orders that cross little, places."""
