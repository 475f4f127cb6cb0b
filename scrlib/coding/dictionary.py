"""The data dictionary of a dataset's tables as Markdown, made from the codebook.

``python -m scrlib.coding.dictionary`` writes it into `data/README.md` between its two markers.
"""

from __future__ import annotations

from scrlib import paths
from scrlib.coding import coding_rule, entries
from scrlib.report import coding_frame
from tally.codebook import Codebook
from tally.data import layout

BEGIN, END = "<!-- dictionary -->", "<!-- end of dictionary -->"
README = paths.DATA / "README.md"
_FORMS = {
    "key": "text, at most 100 characters",
    "text": "text, at most 2,000 characters",
    "year": "year",
    "month": "month as 2016-12, or year",
}


def markdown(codebook: Codebook) -> str:
    """Return the dictionary: one section per table, one row per column."""
    tables = [
        *layout.tables(codebook).values(),
        entries.coding_table(codebook, coding_rule.load(codebook)),
        entries.settled_table(codebook),
    ]
    return "\n\n".join(_section(table) for table in tables)


def _section(table: layout.Table) -> str:
    unique = f" `{'`, `'.join(table.key)}` may stand in one row only." if table.key else ""
    rows = [
        "| column | label | values | blank | report | definition |",
        "|---|---|---|---|---|---|",
        *(_row(column) for column in table.columns),
    ]
    return f"### `{table.name}`: one row per {table.holds}\n\n" + "\n".join(
        [f"{unique.strip()}\n", *rows] if unique else rows
    )


def _row(column: layout.Column) -> str:
    cells = (
        f"`{column.name}`", column.label, _values(column), "no" if column.required else "yes",
        column.section, " ".join(column.definition.split()),
    )  # fmt: skip
    return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"


def _values(column: layout.Column) -> str:
    if column.name == "study" and column.kind == "category":
        return "a year of `studies`"
    codes = ", ".join(f"`{item.code}`" for item in column.categories)
    if column.kind == "integer":
        return ", ".join(filter(None, (f"{column.minimum} to {column.maximum}", codes)))
    return codes or _FORMS[column.kind]


def main() -> None:
    """Write the dictionary into the README of the data."""
    text = README.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    found = markdown(coding_frame().whole)
    README.write_text(f"{before}{BEGIN}\n\n{found}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
