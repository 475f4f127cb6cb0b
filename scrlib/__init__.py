"""Helper package of the compendium: the coding frame, the quantities and the book built on them.

The package is imported by every chapter, so this module imports nothing heavy. Each module
documents the section of the report that it serves.
"""

__version__ = "0.1.0"
