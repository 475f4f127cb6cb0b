"""Is work side by side done once, in time, and stopped when it is no longer wanted?"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tally.solve.fork_pool import Aside

linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="jobs are forked on Linux only"
)


def late(seconds: float, *values: str) -> Iterator[str]:
    for value in values:
        time.sleep(seconds)
        yield value


def dying() -> Iterator[str]:
    yield "a"
    os._exit(1)


def never(key: str) -> bool:
    return False


def test_every_job_gives_each_of_its_results_once():
    with Aside(never) as aside:
        aside.add("one", partial(late, 0, "a", "b"))
        aside.add("two", partial(late, 0, "c"))
        assert sorted(aside.results()) == [("one", "a"), ("one", "b"), ("two", "c")]
        aside.add("none", tuple)
        assert list(aside.results()) == []
        assert list(aside.results()) == []


@linux
def test_results_come_as_they_are_found_and_what_still_runs_is_stopped_in_the_end():
    begin = time.monotonic()
    with Aside(never) as aside:
        aside.add("", partial(late, 60, "slow"))
        aside.add("", partial(late, 0.1, "a", "b"))
        results = aside.results()
        assert [next(results), next(results)] == [("", "a"), ("", "b")]
    assert time.monotonic() - begin < 30


@linux
def test_a_time_may_come_and_what_runs_then_runs_on():
    begin = time.monotonic()
    with Aside(never) as aside:
        aside.add("", partial(late, 3, "later"))
        assert list(aside.results(time.monotonic() + 0.1)) == []
        aside.add("", partial(late, 0, "sooner"))
        assert list(aside.results()) == [("", "sooner"), ("", "later")]
    assert time.monotonic() - begin < 30


def test_what_is_over_is_not_worked_on_and_the_rest_is():
    begin, seen = time.monotonic(), list[str]()
    with Aside(lambda key: key == "done" and "a" in seen) as aside:
        aside.add("done", partial(late, 0, "a"))
        aside.add("done", partial(late, 60, "never"))
        aside.add("open", partial(late, 0.1, "b", "c"))
        for _, result in aside.results():
            seen.append(result)
    assert seen == ["a", "b", "c"]
    assert time.monotonic() - begin < 30


def test_where_nothing_is_forked_the_same_is_found_in_turn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    seen = list[str]()
    with Aside(lambda key: key == "done" and "a" in seen) as aside:
        aside.add("done", partial(late, 0, "a", "more"))
        aside.add("done", partial(late, 0, "never"))
        aside.add("open", partial(late, 0, "b", "c"))
        for _, result in aside.results():
            seen.append(result)
    assert seen == ["a", "b", "c"]


@linux
def test_a_process_that_dies_is_told():
    with Aside(never) as aside:
        aside.add("", dying)
        aside.add("", partial(late, 60, "slow"))
        with pytest.raises(RuntimeError, match="died"):
            list(aside.results())
