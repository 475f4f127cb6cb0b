"""Does every job end once, whatever becomes of the workers?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client
from worker_jobs import Touch

from parabook import many
from parabook.errors import InputError

# The scheduler and the workers have to find the jobs' module, as they have to find scrlib.
# A result held by a killed worker is asked for until a connection times out: 30 seconds by default.
_ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(__file__).parent),
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s",
}


def work(folder: Path, *faults: str) -> list[Touch]:
    return [Touch(f"job{number}", folder, fault) for number, fault in enumerate(faults)]


def outcomes(found: list[Touch], start: many.Start) -> dict[str, many.Outcome]:
    return {item.name: item for item in many.run(found, start)}


def test_a_job_that_had_finished_is_not_run_again(tmp_path):
    (first, second) = work(tmp_path, "", "")
    many.perform(first)
    assert many.perform(first).repeated
    assert not many.perform(second).repeated
    assert first.runs() == 1


def test_a_job_that_fails_says_why_and_the_others_go_on(tmp_path):
    found = [many.perform(job) for job in work(tmp_path, "fail", "")]
    assert [item.ok for item in found] == [False, True]
    assert found[0].problem == "a chapter failed"


@pytest.mark.slow
def test_a_killed_process_loses_nothing_and_repeats_nothing_that_had_finished(tmp_path):
    found = work(tmp_path, "", "", "kill", "", "")
    done = outcomes(found, many.processes(2))
    assert len(done) == 5
    assert all(item.ok for item in done.values())
    assert all(job.finished() for job in found)
    assert found[2].runs() == 2


@pytest.mark.slow
def test_a_worker_that_is_killed_leaves_none_that_waits_for_another_job(tmp_path):
    """The pool then stops the others, whose jobs are under way, and waits for their end."""
    found = work(tmp_path, "beside", "once")
    done = outcomes(found, many.processes(2))
    assert all(item.ok for item in done.values())
    assert [job.runs() for job in found] == [2, 2]


@pytest.mark.slow
def test_a_job_that_kills_every_worker_is_given_up_and_named(tmp_path):
    done = outcomes(work(tmp_path, "always"), many.processes(1))
    assert "lost 3 times" in done["job0"].problem


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a real Dask scheduler and two workers on loopback; yield the scheduler's address."""
    folder = tmp_path_factory.mktemp("dask")
    address_file = folder / "scheduler.json"
    command = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
    ]
    started = [
        subprocess.Popen(
            [*command, "--no-dashboard", "--scheduler-file", str(address_file)],
            cwd=folder, stderr=subprocess.DEVNULL, env=_ENVIRONMENT,
        )
    ]  # fmt: skip
    try:
        yield _with_workers(folder, address_file, started)
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _with_workers(folder: Path, file: Path, started: list[subprocess.Popen[bytes]]) -> str:
    until = time.monotonic() + 30
    while not (file.exists() and file.stat().st_size) and time.monotonic() < until:
        time.sleep(0.1)
    address = str(json.loads(file.read_text())["address"])
    command = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1"]
    command += ["--no-dashboard", "--local-directory", str(folder)]
    quiet = {"cwd": folder, "stderr": subprocess.DEVNULL, "env": _ENVIRONMENT}
    started.extend(subprocess.Popen(command, **quiet) for _ in range(2))
    # A worker that is killed before its nanny has started it for good is not started again.
    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
    return address


@pytest.mark.slow
def test_a_cluster_does_the_same_and_survives_a_killed_worker(tmp_path, scheduler):
    found = work(tmp_path, "", "kill", "", "")
    done = outcomes(found, many.dask(scheduler))
    assert {name: item.problem for name, item in done.items()} == dict.fromkeys(done, "")
    assert len(done) == 4
    assert found[1].runs() == 2
    assert [job.runs() for job in (found[0], found[2], found[3])] == [1, 1, 1]


@pytest.mark.slow
def test_an_address_where_no_scheduler_answers_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="No Dask scheduler answers"):
        outcomes(work(tmp_path, ""), many.dask("tcp://127.0.0.1:9"))


def test_an_address_elsewhere_is_used_with_tls_only():
    with pytest.raises(InputError, match="only used with TLS"):
        many.executor("tcp://10.0.0.5:8786", 2)
    many.executor("tls://10.0.0.5:8786", 2)
    many.executor("tcp://localhost:8786", 2)


@pytest.mark.parametrize("address", ["", " ", "nonsense", "10.0.0.5:8786", "http://a:1", "tcp://a"])
def test_what_is_no_address_is_bad_input(address):
    with pytest.raises(InputError, match="no address"):
        many.dask(address)


@pytest.mark.parametrize("workers", [0, -1])
def test_at_least_one_process_is_needed(workers):
    with pytest.raises(InputError, match="--workers"):
        many.executor(None, workers)


def hearing() -> None:
    """Hear SIGINT, which a shell lets commands in the background ignore, and their children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_workers_and_no_job_ends_afterwards(tmp_path, number):
    code = (
        "import sys\nfrom pathlib import Path\nfrom parabook import cli, many\n"
        "from worker_jobs import Touch\n"
        "def command():\n"
        "    jobs = [Touch(f'job{n}', Path(sys.argv[1]), 'wait') for n in range(3)]\n"
        "    for outcome in many.run(jobs, many.processes(2)): print(outcome)\n"
        "if __name__ == '__main__': sys.exit(cli.run_command(command))\n"
    )
    script = tmp_path / "script.py"
    script.write_text(code)
    process = subprocess.Popen(
        [sys.executable, script, tmp_path], env=_ENVIRONMENT, stderr=subprocess.PIPE, text=True,
        preexec_fn=hearing,
    )  # fmt: skip
    limit = time.monotonic() + 60
    while len(list(tmp_path.glob("*.runs"))) < 2:
        assert time.monotonic() < limit
        time.sleep(0.05)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + number
    assert "Traceback" not in said
    time.sleep(1)
    assert not list(tmp_path.glob("job?"))
