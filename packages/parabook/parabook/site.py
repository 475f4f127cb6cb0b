"""Turn staged pages into HTML with jupyter-book, any warning being a failure.

This is the function behind `jupyter-book build -W -n --keep-going`, called here because that
command does not let Sphinx use more than one core. It runs in a process of its own, whose exit
status is 0 only if the book was built without a warning.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from parabook import guard, notebooks
from parabook.errors import BuildError
from parabook.run import fixed_environment

EXTENSION = "parabook.site"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def make(source: Path, folder: Path, *, jobs: int, on_page: Callable[[], object]) -> Path:
    """Build the pages of a staged book.

    Parameters
    ----------
    source : Path
        The staged book.
    folder : Path
        Where Sphinx works; the book is its `html`.
    jobs : int
        Number of processes.
    on_page : callable
        Called for each page once when it has been read and once when written.

    Returns
    -------
    Path
        The folder of the built book.

    Raises
    ------
    BuildError
        With every warning and error, if there is any, or if a page is missing.
    """
    module = [sys.executable, "-P", "-m", "parabook.site"]
    command = [*module, str(source), str(folder), str(jobs)]
    environment = {**os.environ, **fixed_environment(folder)}
    status, errors = guard.run(command, env=environment, on_line=lambda _: on_page())
    if full := [text for text in map(os.strerror, _FULL) if status and text in errors]:
        raise BuildError(f"The pages could not be written: {full[0]}.")
    if status:
        said = errors.replace(f"{source}{os.sep}", "").strip()
        raise BuildError(f"The pages could not be built (status {status}).\n{said}")
    _check_pages(source, folder / "html")
    return folder / "html"


def _check_pages(source: Path, book: Path) -> None:
    # A build can succeed and yet publish nothing, as with jupyter-book 2, which reads no _toc.yml.
    names = [path.relative_to(source).with_suffix(".html") for path in notebooks.in_book(source)]
    missing = [str(name) for name in (Path("index.html"), *names) if not (book / name).is_file()]
    if missing:
        raise BuildError(f"The book lacks pages: {', '.join(missing)}.")


def _page_read(app: Any, doctree: Any) -> None:
    # One write, so that lines of parallel processes do not mix.
    os.write(1, b"a page was read\n")


def _page_written(app: Any, page: str, template: str, context: Any, doctree: Any) -> None:
    if doctree is not None:  # the search and the index are made of no file
        os.write(1, b"a page was written\n")


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx, to report progress and to allow the use of more than one core."""
    # This extension only replaces a function that numbers sections, but does not say that it is
    # safe in parallel; Sphinx would warn and read one page after another.
    if "sphinx_multitoc_numbering" in app.extensions:
        app.extensions["sphinx_multitoc_numbering"].parallel_read_safe = True
    app.connect("doctree-read", _page_read)
    app.connect("html-page-context", _page_written)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def main(source: Path, folder: Path, jobs: int) -> int:
    """Build in this process and return its exit status."""
    from jupyter_book.config import get_final_config
    from jupyter_book.sphinx import build_sphinx
    from sphinx.util.console import nocolor

    nocolor()
    settings, _ = get_final_config(
        user_yaml=source / "_config.yml",
        cli_config={"latex_individualpages": False},
        validate=False,
    )
    # The status of every page goes to the progress bar; only warnings are worth words.
    result = build_sphinx(
        source,
        folder / "html",
        path_config=source / "_config.yml",
        noconfig=True,
        confoverrides={
            "extensions": [*settings["extensions"], EXTENSION],
            "external_toc_path": (source / "_toc.yml").as_posix(),
            "latex_individualpages": False,
            "nb_execution_mode": "off",  # the notebooks have been run
            "nitpicky": True,
        },
        doctreedir=folder / "doctrees",
        freshenv=True,
        warningiserror=True,
        keep_going=True,
        quiet=True,
        jobs=jobs,
    )
    # An error comes back as an exception, already printed.
    return result if isinstance(result, int) else 2


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
