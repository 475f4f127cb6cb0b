"""Is work side by side done once, in order, and stopped when nobody listens any more?"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tally.solve.fork_pool import side_by_side

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="jobs are forked on Linux only"
)


def jobs_of(*values: str) -> Iterator[str]:
    yield from values


def dying() -> Iterator[str]:
    yield "a"
    os._exit(1)


def writing(path: Path) -> Iterator[str]:
    yield "begun"
    time.sleep(30)
    path.write_text("never")


def test_every_job_gives_each_of_its_results_once_and_in_its_order():
    jobs = {"one": partial(jobs_of, "a", "b"), "two": partial(jobs_of, "c"), "none": jobs_of}
    found = list(side_by_side(jobs, at_once=1))
    assert found == [("one", "a"), ("one", "b"), ("two", "c")]
    assert sorted(side_by_side(jobs)) == found


@linux
def test_a_job_whose_process_dies_is_not_taken_for_done():
    with pytest.raises(RuntimeError, match="has died"):
        list(side_by_side({"one": dying}))


@linux
def test_jobs_are_stopped_when_nobody_listens_any_more(tmp_path):
    results = side_by_side({"one": partial(writing, tmp_path / "late")})
    assert next(results) == ("one", "begun")
    results.close()
    assert not (tmp_path / "late").exists()
