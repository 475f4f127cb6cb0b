"""What several groups of tests share: the built book."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """Build the book from the committed notebooks, as anyone builds it on a fresh clone.

    The environment variable SCR_BOOK may name a folder of built HTML to look at instead.
    """
    if "SCR_BOOK" in os.environ:
        return Path(os.environ["SCR_BOOK"]).resolve()
    built = tmp_path_factory.mktemp("book")
    command = [
        Path(sys.executable).with_name("jupyter-book"),
        "build",
        ROOT,
        "--path-output",
        built,
    ]
    done = subprocess.run(
        [*map(str, command), "-W", "-n", "--keep-going"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (
        f"the book does not build:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"
    )
    return built / "_build" / "html"
