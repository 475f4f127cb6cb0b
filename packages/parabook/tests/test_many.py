"""Does every job end once, whatever becomes of the workers?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client
from worker_jobs import Killed, Touch

from scrlib.building import ensembles, jobs
from tally.errors import InputError

# The scheduler and the workers have to find the jobs' module, as they have to find scrlib.
# A result held by a killed worker is asked for until a connection times out: 30 seconds by default.
_ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": str(Path(__file__).parent),
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s",
}


def work(folder: Path, *faults: str) -> list[Touch]:
    return [Touch(f"job{number}", folder, fault) for number, fault in enumerate(faults)]


def outcomes(found: list[Touch], start: jobs.Start) -> dict[str, jobs.Outcome]:
    return {item.name: item for item in jobs.run(found, start)}


def test_a_job_that_had_finished_is_not_run_again(tmp_path):
    (first, second) = work(tmp_path, "", "")
    jobs.perform(first)
    assert jobs.perform(first).repeated
    assert not jobs.perform(second).repeated
    assert first.runs() == 1


def test_a_job_that_fails_says_why_and_the_others_go_on(tmp_path):
    found = [jobs.perform(job) for job in work(tmp_path, "fail", "")]
    assert [item.ok for item in found] == [False, True]
    assert found[0].problem == "a chapter failed"


@pytest.mark.slow
def test_a_killed_process_loses_nothing_and_repeats_nothing_that_had_finished(tmp_path):
    found = work(tmp_path, "", "", "kill", "", "")
    done = outcomes(found, jobs.processes(2))
    assert len(done) == 5
    assert all(item.ok for item in done.values())
    assert all(job.finished() for job in found)
    assert found[2].runs() == 2


@pytest.mark.slow
def test_a_job_that_kills_every_worker_is_given_up_and_named(tmp_path):
    done = outcomes(work(tmp_path, "always"), jobs.processes(1))
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
    done = outcomes(found, jobs.dask(scheduler))
    assert {name: item.problem for name, item in done.items()} == dict.fromkeys(done, "")
    assert len(done) == 4
    assert found[1].runs() == 2
    assert [job.runs() for job in (found[0], found[2], found[3])] == [1, 1, 1]


@pytest.mark.slow
def test_an_address_where_no_scheduler_answers_is_bad_input(tmp_path):
    with pytest.raises(InputError, match="No Dask scheduler answers"):
        outcomes(work(tmp_path, ""), jobs.dask("tcp://127.0.0.1:9"))


@pytest.mark.slow
def test_a_cluster_makes_the_datasets_that_one_process_makes(tmp_path, scheduler):
    draws = ensembles.plan(tmp_path / "there", 3, 3, steps=400)
    done = outcomes([Killed(draws[0], tmp_path / "killed"), *draws[1:]], jobs.dask(scheduler))
    assert {name: item.problem for name, item in done.items()} == dict.fromkeys(done, "")
    here = ensembles.plan(tmp_path / "here", 3, 3, steps=400)
    for one, other in zip(draws, here, strict=True):
        other.run()
        assert {path.name: path.read_bytes() for path in one.out.iterdir()} == {
            path.name: path.read_bytes() for path in other.out.iterdir()
        }
