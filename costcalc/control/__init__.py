"""What a change costs: differences, budgets and locks of a project's networks."""
