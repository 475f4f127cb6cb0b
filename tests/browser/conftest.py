"""The built book, served under a sub-path as many hosts do, and a browser that opens its pages."""

import functools
import http.server
import threading

import pytest
from visits import Visitor

SUB_PATH = "reports/serious-case-reviews"


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
def visitor(chromium, address):
    """Open each page once in each theme and width, and remember what was seen."""
    return Visitor(chromium, address)
