"""A job for tests of lost workers, in a module that worker processes can import."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from parabook.many import Job


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
