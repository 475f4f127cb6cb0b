"""Run every notebook in its place and keep its outputs, for committing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from parabook import notebooks, results, run, scratch, stale
from parabook.book import Book
from parabook.progress import bar


def refresh(book: Book) -> list[Path]:
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
    with scratch.folder() as folder, bar(book.root) as shown:
        source = folder / "source"
        results.staged(replace(book, drop_tags=()), source, book.build_folder)
        chapters = notebooks.chapters(source)
        jobs: dict[Path, dict[str, object]] = {path: {} for path in chapters}
        run.run(jobs, scratch=folder / "run", warm=book.warm, on_done=shown.update)
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
