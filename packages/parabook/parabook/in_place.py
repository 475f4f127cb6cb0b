"""Run every notebook in its place and keep its outputs, for committing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from parabook import notebooks, results, run, scratch, stale
from parabook.book import Book
from parabook.progress import bar, counted

if TYPE_CHECKING:
    from parabook.kernels import Kernels


def refresh(
    book: Book, *, kernels: Kernels | None = None, progress: bool | None = None
) -> list[Path]:
    """Run every notebook with its own defaults and keep its outputs, for committing.

    Returns
    -------
    list of Path
        The notebooks that are not as they were.

    Raises
    ------
    BuildError
        If any notebook fails; nothing has changed then.
    """
    with scratch.folder() as folder, bar(book.root, progress) as shown:
        source = folder / "source"
        results.staged(replace(book, drop_tags=()), source, book.build_folder)
        chapters = notebooks.chapters(source)
        jobs = [run.Job(str(path), str(path), {}) for path in chapters]
        run.run(
            jobs, scratch=folder / "run", env=book.env, warm=book.warm, kernels=kernels,
            on_done=counted(shown),
        )  # fmt: skip
        for path in chapters:
            result = notebooks.settled(notebooks.load(path))
            notebooks.save(stale.stamped(result, book.code or {}), path)
            for check_result in book.after_running:
                check_result(path)
        changed = [path for path in chapters if _update(path, book.root / path.relative_to(source))]
        for parent in dict.fromkeys(path.parent for path in chapters):
            _move_outputs(parent, book.root / parent.relative_to(source))
    return [book.root / path.relative_to(source) for path in changed]


def _update(new: Path, path: Path) -> bool:
    if new.read_bytes() == path.read_bytes():
        return False
    shutil.copyfile(new, path)
    return True


def _move_outputs(new: Path, chapters: Path) -> None:
    """Let the files that notebooks have just written take the place of all earlier ones."""
    target = chapters / notebooks.OUTPUTS
    shutil.rmtree(target, ignore_errors=True)
    if (new / notebooks.OUTPUTS).is_dir():
        shutil.copytree(new / notebooks.OUTPUTS, target)
