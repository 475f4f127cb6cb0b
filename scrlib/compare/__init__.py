"""Shares beside national figures, trends and associations: tests and their verdicts."""
