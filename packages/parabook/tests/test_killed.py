"""Does a build that is killed leave the earlier book whole, and nothing running?"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from test_building import BUILDER
from weather import contents, write_book, write_data, write_notebook

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc"),
]
# CI tries a few moments each time; name more to try more.
MOMENTS = int(os.environ.get("PARABOOK_KILLS", "5"))


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
    root, data, out = (
        write_book(tmp_path / "root"),
        write_data(tmp_path / "data.csv", days=2),
        tmp_path / "o",
    )
    scratch = Path(tempfile.mkdtemp(prefix="k"))
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
        most_running = max(most_running, len(running_for(scratch)))
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        wait_until_none_runs(scratch)
        after = contents(out)
        assert after.keys() == before.keys()
        changed = {name for name in after if after[name] != before[name]}
        # A build that had finished differs by the time in its manifest alone.
        assert changed <= {"manifest.json", ".parabook"}
    # Were none killed, or were what they start not seen, this would show nothing.
    assert killed
    assert most_running > 1
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "o", "root"]
    assert left_in(scratch) == []
    shutil.rmtree(scratch)


def left_in(scratch: Path) -> list[Path]:
    """Return all that is in the folder of temporary files but the empty folder of a user."""
    return [*scratch.glob("*/*"), *(path for path in scratch.glob("*") if path.is_file())]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_process_at_once_and_leaves_nothing(tmp_path, monkeypatch, number):
    root, data = write_book(tmp_path / "root"), write_data(tmp_path / "data.csv", days=2)
    write_notebook(root, "days", "import time\ntime.sleep(600)")
    scratch = Path(tempfile.mkdtemp(prefix="k"))
    monkeypatch.setenv("TMPDIR", str(scratch))
    command = [sys.executable, str(BUILDER), str(root), str(data), str(tmp_path / "out" / "html")]
    # A shell that starts the tests in the background has them ignore SIGINT.
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )  # fmt: skip
    wait_for_a_kernel(scratch)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert "Stopped before it was done." in said
    assert "Traceback" not in said
    wait_until_none_runs(scratch)
    assert left_in(scratch) == []
    assert list((tmp_path / "out").iterdir()) == []
    shutil.rmtree(scratch)


def wait_for_a_kernel(scratch: Path) -> None:
    limit = time.monotonic() + 120
    while not list(scratch.rglob("k.json")):
        assert time.monotonic() < limit
        time.sleep(0.05)
    time.sleep(0.5)


def test_what_a_killed_command_left_is_removed_by_the_next_one_of_any_name(tmp_path, monkeypatch):
    from parabook import scratch

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = "import os; from parabook import scratch\n"
    code += "with scratch.folder() as folder: (folder / 'case').touch(); os.kill(os.getpid(), 9)"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    with scratch.folder() as held:
        assert list(tmp_path.rglob("case")) == []
        scratch.sweep()
        assert held.is_dir()
    assert left_in(tmp_path) == []
