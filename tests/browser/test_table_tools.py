"""Do the tools beside a table do what they say, and leave it as it was when asked to?"""

import csv

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]

ROWS = """box => [...box.querySelectorAll("tbody tr")].map(
    row => [...row.cells].map(cell => cell.innerText.replace(/\\s+/g, " ").trim()))"""
PAGE = "chapters/05_all_cases.html"


@pytest.fixture
def tab(visitor):
    page = visitor.open(PAGE)
    yield page
    page.close()


def table(tab, number):
    return tab.locator(f"section#table-{number} .scr-counts")


def rows(box):
    return box.evaluate(ROWS)


def counts(book, number):
    """Read the counts of a table from its download."""
    path = book / "_downloads" / PAGE.removesuffix(".html") / f"table_{number:02}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["Suspected perpetrator"]: int(row["Cases"]) for row in csv.DictReader(file)}


def test_rows_are_sorted_between_their_totals_and_put_back(tab, book):
    box = table(tab, 7)
    before = rows(box)
    head = box.get_by_role("button", name="Cases")
    head.click()
    after = rows(box)
    totals = [n for n, row in enumerate(before) if row[0].startswith(("All:", "Total"))]
    assert [after[n] for n in totals] == [before[n] for n in totals]
    family = [row[0].rstrip(" 0123456789") for row in after[: totals[0]]]
    known = counts(book, 7)
    assert [known[name] for name in family] == sorted((known[n] for n in family), reverse=True)
    assert head.locator("..").get_attribute("aria-sort") == "descending"
    head.click()
    family = [row[0].rstrip(" 0123456789") for row in rows(box)[: totals[0]]]
    assert [known[name] for name in family] == sorted(known[n] for n in family)
    head.click()
    assert rows(box) == before


def test_percentages_of_a_row_are_those_of_its_counts(tab):
    box = table(tab, 9)
    tools = tab.locator("section#table-9 .scr-tools")
    before = rows(box)
    tools.locator("select").select_option("of the row")
    for row in rows(box):
        number = [int(cell.partition("(")[0]) for cell in row[1:]]
        shares = [f"{count} ({100 * count / number[-1]:.0f}%)" for count in number]
        assert row[1:] == shares
    assert "% of the row" in box.locator("caption").inner_text()
    tools.locator("select").select_option("none")
    assert not any("%" in cell for row in rows(box) for cell in row)
    tools.locator("select").select_option("as shown")
    assert rows(box) == before


def test_a_table_and_its_citation_are_copied(tab):
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tools = tab.locator("section#table-9 .scr-tools")
    for name, parts in {
        "Copy the table": ("Domestic abuse\tPublic law", "\nTotal\t49\t41"),
        "Copy a citation": ("Green, R. and Halliday, E. (2017)", "Table 9", f"{PAGE}#table-9"),
    }.items():
        button = tools.get_by_role("button", name=name)
        button.click()
        button.get_by_text("done").wait_for()
        copied = tab.evaluate("navigator.clipboard.readText()")
        assert all(part in copied for part in parts), copied


def test_tools_are_reached_by_keyboard(tab):
    button = tab.locator("section#table-9 .scr-tools button").first
    button.focus()
    assert button.evaluate("button => document.activeElement === button")
    head = table(tab, 9).get_by_role("button", name="Public law")
    head.focus()
    tab.keyboard.press("Enter")
    assert head.locator("..").get_attribute("aria-sort") == "descending"
