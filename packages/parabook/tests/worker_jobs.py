"""Jobs for the tests of `parabook.many`, in a module that worker processes can import."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from parabook.errors import BuildError


@dataclass(frozen=True, slots=True)
class Touch:
    """Write a file, once per run, and count the runs.

    Parameters
    ----------
    fault : str
        "" for none, "kill" to end its worker the first time, "beside" to do so once another job is
        under way, "always" to end it every time, "fail" to raise, "wait" to take long, "once" to do
        so the first time.
    """

    name: str
    folder: Path
    fault: str = ""

    def finished(self) -> bool:
        return (self.folder / self.name).exists()

    def run(self) -> None:
        with (self.folder / f"{self.name}.runs").open("a") as stream:
            stream.write("run\n")
        if self.fault == "wait" or (self.fault == "once" and self.runs() == 1):
            time.sleep(30)
        if self.fault == "beside" and self.runs() == 1:
            while len(list(self.folder.glob("*.runs"))) < 2:
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "fail":
            raise BuildError("a chapter failed")
        if self.fault == "always" or (self.fault == "kill" and self.runs() == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        (self.folder / self.name).write_text("done")

    def runs(self) -> int:
        path = self.folder / f"{self.name}.runs"
        return len(path.read_text().splitlines()) if path.exists() else 0
