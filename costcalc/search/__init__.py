"""Budgets, and the largest network within them."""
