"""Is work side by side done once, in time, and stopped when it is no longer wanted?"""

from __future__ import annotations

import os
import sys
import time
from functools import partial

import pytest

from scrlib.bounding.aside import each

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="jobs are forked on Linux only"
)


def late(seconds: float, value: str) -> str:
    time.sleep(seconds)
    return value


def test_every_job_gives_its_result_once():
    assert sorted(each([partial(late, 0, "a"), partial(late, 0, "b")])) == ["a", "b"]
    assert list(each([partial(late, 0, "a")])) == ["a"]
    assert list(each([])) == []


@linux
def test_the_first_to_be_done_comes_first_and_the_others_are_stopped():
    begin = time.monotonic()
    results = each([partial(late, 60, "slow"), partial(late, 0, "quick")])
    assert next(results) == "quick"
    results.close()
    assert time.monotonic() - begin < 30


@linux
def test_a_process_that_dies_is_told():
    with pytest.raises(RuntimeError, match="died"):
        list(each([partial(os._exit, 1), partial(os._exit, 1)]))
