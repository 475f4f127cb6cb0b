"""Does everything work without the solvers, but for what asks them, which says what is missing?"""

from __future__ import annotations

import subprocess
import sys

from frames import EXAMPLE

WITHOUT = """
import sys
sys.modules["highspy"] = sys.modules["ortools"] = None
from tally import claims, cli, codebook
from tally.data import storage
"""
CLAIMS = """
frame = codebook.load(example / "frame")
published = claims.read_csv(example / "claims.csv", frame)
data = storage.read(example / "data", frame)
print([claim.id for claim in published for check in claim.check(data) if check.holds is False])
"""
BOUND = """
command = ["bound", "--frame", str(example / "frame"), "--claims", str(example / "claims.csv")]
sys.exit(cli.main([*command, "count(accident, true)"]))
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    place = f"from pathlib import Path\nexample = Path({str(EXAMPLE)!r})\n"
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + place + code], capture_output=True, text=True, check=False
    )


def test_claims_are_read_and_checked() -> None:
    done = run(CLAIMS)
    assert (done.returncode, done.stdout.strip()) == (0, "['per_accident']"), done.stderr


def test_a_range_says_in_one_sentence_what_to_install() -> None:
    done = run(BOUND)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "solvers" in line
    assert "pip install" in line
