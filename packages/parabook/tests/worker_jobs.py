"""Jobs for the tests of `scrlib.building.jobs`, in a module that worker processes can import."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from scrlib.building.jobs import Job
from tally.errors import BuildError


@dataclass(frozen=True, slots=True)
class Touch:
    """Write a file, once per run, and count the runs.

    Parameters
    ----------
    fault : str
        "" for none, "kill" to end its worker the first time, "always" to end it every time,
        "fail" to raise.
    """

    name: str
    folder: Path
    fault: str = ""

    def finished(self) -> bool:
        return (self.folder / self.name).exists()

    def run(self) -> None:
        with (self.folder / f"{self.name}.runs").open("a") as stream:
            stream.write("run\n")
        if self.fault == "fail":
            raise BuildError("a chapter failed")
        if self.fault == "always" or (self.fault == "kill" and self.runs() == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        (self.folder / self.name).write_text("done")

    def runs(self) -> int:
        path = self.folder / f"{self.name}.runs"
        return len(path.read_text().splitlines()) if path.exists() else 0


@dataclass(frozen=True, slots=True)
class Killed:
    """Another job, whose worker is ended the first time that it is run."""

    job: Job
    mark: Path

    @property
    def name(self) -> str:
        return self.job.name

    def finished(self) -> bool:
        return self.job.finished()

    def run(self) -> None:
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        self.job.run()
