"""Does a build that is killed leave the earlier book whole, and nothing running?"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from small_book import write_book, write_data
from test_build import BUILDER, contents

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc"),
]
# CI tries a few moments each time; name more to try more.
MOMENTS = int(os.environ.get("SCR_KILLS", "5"))


def running_for(folder: Path) -> list[str]:
    """Return the processes whose environment or command names a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue
        if state != "Z" and str(folder).encode() in told:
            found.append(process.name)
    return found


def wait_until_none_runs(folder: Path) -> None:
    limit = time.monotonic() + 10
    while running_for(folder) and time.monotonic() < limit:
        time.sleep(0.05)
    assert not running_for(folder)


def test_a_build_killed_at_random_moments_leaves_the_earlier_book_whole(tmp_path, monkeypatch):
    root, data, out = write_book(tmp_path / "root"), write_data(tmp_path / "cases"), tmp_path / "o"
    scratch = Path(tempfile.mkdtemp())
    monkeypatch.setenv("TMPDIR", str(scratch))
    command = [sys.executable, str(BUILDER), str(root), str(data), str(out)]
    started = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    whole = time.monotonic() - started
    before, moments = contents(out), random.Random(2017)
    killed, most_running = 0, 0
    for _ in range(MOMENTS):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.1, 1.1) * whole)
        most_running = max(most_running, len(running_for(tmp_path)))
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        wait_until_none_runs(tmp_path)
        after = contents(out)
        assert after.keys() == before.keys()
        changed = {name for name in after if after[name] != before[name]}
        # A build that had finished differs by the time in its manifest alone.
        assert changed <= {"manifest.json", ".scr-seal"}
    # Were none killed, or were what they start not seen, this would show nothing.
    assert killed
    assert most_running > 1
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cases", "o", "root"]
    assert not list(scratch.iterdir())
    scratch.rmdir()
