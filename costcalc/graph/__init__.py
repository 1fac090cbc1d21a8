"""Spec and hyperparameters to a graph of named layers with edges."""
