"""The built book, served under a sub-path as many hosts do, and a browser that opens its pages."""

import functools
import http.server
import os
import shutil
import threading

import pytest
from visits import Visitor

SUB_PATH = "reports/serious-case-reviews"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def address(book, tmp_path_factory):
    """Where the book is served: not at the root of its host."""
    root = tmp_path_factory.mktemp("host")
    (root / SUB_PATH).parent.mkdir()
    (root / SUB_PATH).symlink_to(book, target_is_directory=True)
    handler = functools.partial(_Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{SUB_PATH}"
        server.shutdown()


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


@pytest.fixture(scope="session")
def visitor(chromium, address):
    """Open each page once in each theme and width, and remember what was seen."""
    return Visitor(chromium, address)
