"""The built book as one printable PDF: tagged, with bookmarks, page numbers and whole tables.

The pages of the built book are put together into one page, and Chromium prints it: the same engine
that shows the book lays out its tables and pictures, and writes a structure that screen readers can
follow, which neither LaTeX nor the usual converters do for HTML tables. The bookmarks are the
headings. What only works on a screen stays out: downloads, and what is folded away, unless its
`details` have the class `on-paper`: then it stands open. A book's own style sheet can address
`.paper`, `.paper-cover`, `.paper-title`, `.paper-banner`, `.paper-contents` and `.paper-opened`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from html import escape
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

from bs4 import BeautifulSoup, Tag

from parabook.errors import BuildError

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SECONDS = 300
_SCREEN_ONLY = "a.headerlink, details, button, script, .prev-next-footer, .cell_input"
_REFERENCES = ("for", "aria-describedby", "aria-labelledby")


def write(book: Path, out: Path, about: str = "") -> Path:
    """Write a built book as one PDF.

    Parameters
    ----------
    book : Path
        Folder of the built HTML.
    out : Path
        The PDF file, replaced if it exists.
    about : str
        A sentence for the cover, such as where the book is to be found.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    BuildError
        If there is no Chromium or Chrome, or it fails; an earlier file stands as it was.
    """
    browser = _browser()
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="parabook-pdf-", dir=out.absolute().parent) as folder:
        source, made = Path(folder) / "book.html", Path(folder) / "book.pdf"
        source.write_text(combined(book.resolve(), about), encoding="utf-8")
        _print(browser, source, made)
        made.replace(out)
    return out


def _browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise BuildError(
            "A PDF needs Chromium or Google Chrome. On Debian and Ubuntu: apt install chromium"
        )
    return found


def _print(browser: str, source: Path, made: Path) -> None:
    command = [
        browser, "--headless", "--disable-gpu", "--disable-background-networking",
        "--no-pdf-header-footer", "--generate-pdf-document-outline", "--export-tagged-pdf",
        f"--user-data-dir={source.parent / 'profile'}", f"--print-to-pdf={made}", source.as_uri(),
    ]  # fmt: skip
    if os.geteuid() == 0:
        command.insert(1, "--no-sandbox")  # Chromium's sandbox does not work for root
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"Printing the book took longer than {_SECONDS} seconds.") from error
    if done.returncode or not made.is_file():
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise BuildError(f"{Path(browser).name} could not print the book.\n{said}")


# -- one page of many --------------------------------------------------------------------------


def combined(book: Path, about: str = "") -> str:
    """Return the whole book as one page of HTML.

    Parameters
    ----------
    book : Path
        Folder of the built HTML, absolute.
    about : str
        See `write`.
    """
    home = _home(book)
    first = _soup(book / home)
    order = _order(first, home)
    title = escape(_text(first, ".logo__title"))
    language = str(first.html.get("lang") or "en") if first.html else "en"
    styles = "".join(
        f'<link rel="stylesheet" href="{_path(book, home, str(link["href"])).as_uri()}">'
        for link in first.select("link[rel=stylesheet]")
    )
    articles = "\n".join(_article(book, page, order) for page in order)
    return (
        f'<!doctype html>\n<html lang="{language}" data-theme="light" class="paper">\n'
        f'<head><meta charset="utf-8"><title>{title}</title>{styles}</head>\n'
        f"<body>{_cover(first, title, about)}<main>{articles}</main></body></html>\n"
    )


def _soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def _home(book: Path) -> str:
    """Return the address of the first page: `index.html` only leads to it."""
    leads = _soup(book / "index.html").select_one("meta[http-equiv=Refresh]")
    return str(leads["content"]).partition("url=")[2] if leads else "index.html"


def _order(first: BeautifulSoup, home: str) -> list[str]:
    """Return the addresses of the pages within the book, in the order of its contents."""
    links = [urldefrag(str(link["href"])).url for link in first.select("nav.bd-docs-nav a[href]")]
    return list(dict.fromkeys(link or home for link in links))


def _cover(first: BeautifulSoup, title: str, about: str) -> str:
    banner = _text(first, ".bd-header-announcement")
    notes = (_text(first, ".copyright"), _text(first, ".extra_footer"), escape(about))
    return (
        f'<header class="paper-cover"><p class="paper-title">{title}</p>'
        + (f'<p class="paper-banner">{banner}</p>' if banner else "")
        + _contents(first)
        + "".join(f"<p>{note}</p>" for note in notes if note)
        + "</header>"
    )


def _contents(first: BeautifulSoup) -> str:
    """Return the names of the chapters; readers on a screen have bookmarks besides."""
    names = (link.get_text(" ", strip=True) for link in first.select("nav.bd-docs-nav a[href]"))
    items = "".join(f"<li>{name}</li>" for name in names)
    return f'<p class="paper-opened">Contents</p><ul class="paper-contents">{items}</ul>'


def _text(page: BeautifulSoup, selector: str) -> str:
    found = page.select_one(selector)
    return " ".join(found.get_text(" ").split()) if found else ""


def _article(book: Path, page: str, order: list[str]) -> str:
    """Return one page's article, with every address good for the whole."""
    article = _soup(book / page).select_one("article.bd-article")
    if article is None:
        raise BuildError(f"The page {page} has no article.")
    for tag in article.select("details.on-paper"):
        _open(tag)
    for tag in [*article.select(_SCREEN_ONLY), *_downloads(article)]:
        tag.decompose()
    for tag in article.find_all(True):
        _rename(tag, page)
        _readdress(tag, page, book, order)
    return f'<article class="bd-article" id="{_name(page)}">{article.decode_contents()}</article>'


def _open(details: Tag) -> None:
    """Put what is folded in place of its fold, under its summary unless a caption says the same."""
    summary = details.summary
    if summary is not None:
        title = summary.get_text(" ", strip=True)
        captions = [caption.get_text(" ", strip=True) for caption in details.select("caption")]
        if any(text.startswith(title) for text in captions):
            summary.decompose()
        else:
            summary.name, summary["class"] = "p", "paper-opened"
    details.unwrap()


def _downloads(article: Tag) -> list[Tag]:
    """Return the paragraphs and items of lists that only offer downloads."""
    found = article.select(":is(p, li):has(a.download, a[download])")
    return [tag for tag in found if _is_offer(tag)]


def _is_offer(tag: Tag) -> bool:
    beside = [text for text in tag.find_all(string=True) if text.find_parent("a") is None]
    return not "".join(beside).strip() or tag.get_text(strip=True).startswith("Download")


def _name(page: str, anchor: str = "") -> str:
    """Return the identifier, in the whole, of a page or of a place on it."""
    name = page.removesuffix(".html").replace("/", "-")
    return f"{name}--{anchor}" if anchor else name


def _rename(tag: Tag, page: str) -> None:
    if tag.get("id"):
        tag["id"] = _name(page, str(tag["id"]))
    for attribute in _REFERENCES:
        if tag.get(attribute):
            tag[attribute] = " ".join(_name(page, i) for i in str(tag[attribute]).split())


def _readdress(tag: Tag, page: str, book: Path, order: list[str]) -> None:
    if tag.get("src"):
        tag["src"] = _path(book, page, str(tag["src"])).as_uri()
    address = str(tag.get("href") or "")
    if tag.name != "a" or not address or urlsplit(address).scheme:
        return
    path, anchor = urldefrag(address)
    target = _path(book, page, path).relative_to(book).as_posix() if path else page
    if target in order:
        tag["href"] = f"#{_name(target, anchor)}"
    else:
        del tag["href"]  # a download: there is nothing to follow on paper


def _path(book: Path, page: str, address: str) -> Path:
    return (book / page).parent.joinpath(unquote(urlsplit(address).path)).resolve()
