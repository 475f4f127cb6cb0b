"""What several groups of tests share: the built book, and a browser."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """Build the book from the committed notebooks, as anyone builds it on a fresh clone.

    The environment variable SCR_BOOK may name a folder of built HTML to look at instead.
    """
    if "SCR_BOOK" in os.environ:
        return Path(os.environ["SCR_BOOK"]).resolve()
    built, program = tmp_path_factory.mktemp("book"), Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", ROOT, "--path-output", built, "-W", "-n", "--keep-going"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"the book does not build:\n{(done.stdout + done.stderr)[-4000:]}"
    return built / "_build" / "html"


@pytest.fixture(scope="session")
def chromium():
    """Debian's Chromium. Where there is none the tests are skipped, but never in CI."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("CI has no Chromium: apt-get install chromium")
    if found is None:
        pytest.skip("no Chromium found: install it to test the pages in a browser")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=flags)
        yield browser
        browser.close()
