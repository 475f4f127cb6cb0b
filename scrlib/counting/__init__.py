"""Quantities evaluated on a dataset, the tables that are grids of them, and numbers in words."""
