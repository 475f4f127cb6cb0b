"""Where the files that ship with the compendium lie."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
CODEBOOK = DATA / "codebook"
PUBLISHED = DATA / "published"
BENCHMARKS = DATA / "benchmarks"
SYNTHETIC = DATA / "synthetic"
CHAPTERS = ROOT / "chapters"
