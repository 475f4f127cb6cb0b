"""A dataset made to do harm: text that is code elsewhere, and marks on all that is about a case."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import openpyxl
import pandas as pd
from openpyxl.comments import Comment
from random_data import random_dataset

from scrlib import paths
from scrlib.coding import coding_rule
from scrlib.report import coding_frame
from tally.data import storage
from tally.dataset import OBSERVED, Dataset, Meta

CASE, CHILD, CODER, ASIDE = "canary7b1fcase", "canary7b1fchild", "canary7b1fcoder", "canary7b1fnote"
CANARY = "canary7b1f"
"""What all four marks start with: identifiers, coders' names, and notes beside the tables."""

HTML = "<script>alert('ran');window.ran=1</script><img src=x onerror=\"alert('ran');window.ran=1\">"
BREAKOUT = "'\"></td></table></textarea><svg onload=alert(1)><a href='javascript:alert(1)'>"
MARKDOWN = (
    "**b** `c` [go](javascript:alert(1)) ![i](http://evil.invalid/i.png) <http://evil.invalid/>"
)
MYST = (
    "{{ 7 * 7 }} {% include 'x' %} {raw:html}`<b onclick=alert(1)>` {ref}`nowhere` {{{ data }}} "
    "%c +++ (here)= [^1] $\\frac{1}{$ \\begin{x} <!-- | --- \\ &lt;i&gt; ~~s~~"
)
BLOCKS = "\n\n# A heading\n\n```{raw} html\n<script>alert('ran')</script>\n```\n\n- item\n\n> q\n"
HIDDEN = "right-to-left \u202egnirts\u202c, zero\u200bwidth, soft\u00adhyphen, \ufeff, \u2028 line"
LONG = "W" * 900

# What a spreadsheet would take for a formula starts a text of each kind.
TITLE = f'=HYPERLINK("http://evil.invalid") title {HTML} {MYST} {HIDDEN} {LONG}'
CONTACT = f"@SUM(1) contact {HTML}{BREAKOUT} {MYST} {HIDDEN} {LONG}"
PERIOD = f"+1 period {HTML} {MARKDOWN}"
LABELS = (
    "=1+1 <script>alert('ran')</script>", "-1 '\"></td><img src=x onerror=alert(1)>",
    "+1 [go](javascript:alert(1)) **b** `c` $\\frac{1}{$ $$x$$",
    "@x {{ 7 * 7 }} {raw}`b` \u202egnirts\u202c zero\u200bwidth", "=2017 " + 54 * "W",
)  # fmt: skip
ACTIONS = (
    f"-2 action {HTML}{BREAKOUT}", f"=2 action {MARKDOWN} {BLOCKS}", f"+2 action {MYST} {BLOCKS}",
    f"@2 action {HIDDEN}", f"action {LONG}", "'=3 action", "\t=4 action", "1. action",
    "<!-- action",
)  # fmt: skip


FEW = {2012: 6, 2013: 4, 2014: 6, 2015: 6, 2017: 6}
"""Cases of each study: so few that what is held back is planned in seconds."""


def leveled() -> list[tuple[str, str]]:
    """Return each action with its level: the first with one of its own, so that all are shown."""
    return [(text, "national" if place else "individual") for place, text in enumerate(ACTIONS)]


def dataset() -> Dataset:
    """Return random cases passed off as observed, every text of them hostile or marked."""
    found = random_dataset(2015, FEW)
    cases, children, parents = (found.frames[unit] for unit in ("case", "child", "parent"))
    # Coders enter what they see: that nothing is known of a risk is no entry.
    scales = {name: found.codebook.variables[name].categories for name in found.codebook.factors}
    absent = {
        name: next(c.code for c in codes if c.score == 0 and not c.if_used)
        for name, codes in scales.items()
    }  # fmt: skip
    cases = cases.replace({name: {"not_known": code} for name, code in absent.items()})
    frames = {
        "case": cases.assign(case_id=CASE + cases["case_id"]),
        "child": children.assign(
            case_id=CASE + children["case_id"], child_id=CHILD + children["child_id"]
        ),
        "parent": parents.assign(case_id=CASE + parents["case_id"]),
    }
    studies = [
        replace(item, label=label) for item, label in zip(found.studies, LABELS, strict=True)
    ]
    learning = pd.DataFrame(
        [["imr", "recording", "shortfall", text, level] for text, level in leveled()],
        columns=list(found.learning.columns),
    )
    return replace(
        found, codebook=found.codebook.with_studies(studies), frames=MappingProxyType(frames),
        meta=Meta(TITLE, OBSERVED, PERIOD, CONTACT), learning=learning,
    )  # fmt: skip


# -- the same as coders' entries -----------------------------------------------------------------


def entries(ratings: list[list[Any]]) -> list[list[Any]]:
    """Return one coder's entries that lead to given ratings: case, factor, rating."""
    frame = coding_frame()
    rule = coding_rule.load(frame)
    names = [column.name for column in rule.columns]
    rows: list[list[Any]] = [["case_id", "risk_factor", "coder", *names]]
    for case, factor, level in ratings:
        scale = rule.scales[frame.variables[factor].measure]
        found = {rule.first.name: coding_rule.NOTHING}
        if level != scale.absent:
            chosen = next(codes for codes, reached in scale.levels.items() if reached == level)
            found = dict(zip(scale.uses, chosen, strict=True))
        rows.append([case, factor, CODER, *(found.get(name) for name in names)])
    return rows


def write_raw(path: Path) -> Path:
    """Write a workbook of coders' entries, with marks in what stands beside the tables as well."""
    storage.write(dataset(), path)
    book = openpyxl.load_workbook(path)
    ratings = [list(row) for row in book["ratings"].iter_rows(min_row=2, values_only=True)]
    del book["ratings"]
    sheet = book.create_sheet("coding")
    for row in entries(ratings):
        sheet.append(row)
    cases = book["cases"]
    cases["B2"].comment = Comment(f"{ASIDE} comment", f"{ASIDE} author")
    example = [cell.value for cell in cases[2]]
    cases.append([f"EXAMPLE {ASIDE}", *example[1:]])
    book.create_sheet("read me").append([f"{ASIDE} sheet"])
    book.properties.creator = book.properties.description = ASIDE
    book.save(path)
    return path


# -- commands, and all that they leave -----------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """A book, the dataset it is of, everything that was left elsewhere, and what was said."""

    book: Path
    data: Path
    store: Path
    home: Path
    said: str


def make(folder: Path) -> Made:
    """Turn the entries into a dataset, check it and build the book, each in a process of its own.

    Home and temporary folders are the test's, so that whatever is left there is seen.
    """
    home, data, store = folder / "home", folder / "cases '\"{{x}}<b>.xlsx", folder / "store"
    (home / "tmp").mkdir(parents=True)
    raw = write_raw(folder / "raw.xlsx")
    scr = Path(sys.executable).with_name("scr")
    builder = Path(__file__).with_name("build_small_book.py")
    said = [
        _run(home, scr, "code", raw, "--out", data),
        _run(home, scr, "check", data),
        _run(home, scr, "check", data, "--json"),
        _run(home, scr, "audit", data),
        _run(home, sys.executable, builder, paths.ROOT, data, folder / "html", store),
    ]
    return Made(folder / "html", data, store, home, "\n".join(said))


def _run(home: Path, *command: object) -> str:
    places = {"HOME": str(home), "TMPDIR": str(home / "tmp"), "IPYTHONDIR": str(home / "ipython")}
    done = subprocess.run(
        list(map(str, command)), env={**os.environ, **places}, cwd=home,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def notebook_text(path: Path) -> str:
    """Return the text of a notebook's cells and outputs, as a reader sees it."""
    return json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False)
