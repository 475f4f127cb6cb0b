"""Datasets: what they must be, how they are read, checked, written and merged."""
