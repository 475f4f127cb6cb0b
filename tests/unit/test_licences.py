"""Is the licence of every package on record, and is each one that a public body can use?"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))
import licences

PERMISSIVE = re.compile(
    r"BSD|MIT|Apache|ISC|PSF|Python Software Foundation|Zlib|CC0|Public Domain|0BSD"
)
# Weaker terms: they bind changes to the package itself, and docutils offers its files of the GNU
# licence beside others. None is changed here.
OTHERS = {
    "certifi": "Mozilla Public License 2.0 (MPL 2.0)", "tqdm": "MPL-2.0 AND MIT",
}  # fmt: skip


def test_the_record_is_what_the_packages_say():
    assert licences.FILE.read_text(encoding="utf-8") == licences.text()


def test_every_pinned_package_is_on_record_and_no_other():
    assert licences.written().keys() == licences.pinned().keys()
    assert len(licences.pinned()) > 100


def test_every_licence_is_known_and_lets_anyone_use_and_share_the_book():
    for name, (_, text) in licences.written().items():
        assert OTHERS.get(name) == text or PERMISSIVE.search(text), f"{name}: {text}"
