"""Datasets made to agree with print: one from a solver, more by a random walk."""
