"""Does the page Explore show, for everything that can be asked, what was worked out in Python?"""

from __future__ import annotations

import pytest

from scrlib import disclosure, explore, paths
from scrlib.report import read_dataset

KNOWLEDGE = disclosure.knowledge(read_dataset(paths.SYNTHETIC), 2017)
QUESTIONS = {item.key: item for item in explore.questions(KNOWLEDGE.dataset.codebook)}
ASK = """(question) => {
  const form = document.querySelector("#explore-answers form");
  for (const name of ["rows", "columns", "study"]) form[name].value = question[name];
  form.rows.dispatchEvent(new Event("change", {bubbles: true}));
  const rows = [...document.querySelectorAll("#explore-answers tbody tr")];
  return rows.map((row) => [...row.querySelectorAll("button")].map(
    (cell) => [cell.textContent, cell.getAttribute("aria-label")]));
}"""

COPY = """() => [...document.querySelectorAll("#explore-answers tbody button")].map((cell) => {
  cell.click();
  return document.querySelector(".scr-explore-detail code").textContent.slice(13, -1);
})"""


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Write the page alone: it works from a file, without a server."""
    script = (paths.ROOT / "_static" / "explore.js").read_text(encoding="utf-8")
    body = explore.page(KNOWLEDGE).markdown
    path = tmp_path_factory.mktemp("explore") / "explore.html"
    path.write_text(
        f'<!doctype html><meta charset="utf-8"><script>{script}</script>{body}', encoding="utf-8"
    )
    return path.as_uri()


@pytest.fixture
def tab(chromium, address):
    page = chromium.new_page()
    page.goto(address)
    yield page
    page.close()


def expected(answers: str) -> list[list[list[str]]]:
    grid = [[explore.in_words(cell) for cell in row.split(" ")] for row in answers.split("/")]
    return [
        [[number, f"{'not known' if number == '?' else number}: {how}"] for number, how in row]
        for row in grid
    ]


def ask(tab, rows: str, columns: str = "", study: str = ""):
    return tab.evaluate(ASK, {"rows": rows, "columns": columns, "study": study})


def test_every_answer_on_the_page_is_the_one_worked_out_in_python(tab):
    kept, cells = explore.read(), 0
    assert kept.keys() == QUESTIONS.keys()
    for key, answers in kept.items():
        shown = ask(tab, *key.split("|"))
        assert shown == expected(answers), key
        cells += sum(map(len, shown))
    assert cells > 20_000


@pytest.mark.parametrize("key", ["law_group|incident|", "neglect|sex|2017", "outcome|trio|"])
def test_a_table_can_be_asked_the_other_way_round(tab, key):
    rows, columns, study = key.split("|")
    shown = ask(tab, columns, rows, study)
    assert [list(row) for row in zip(*shown, strict=True)] == expected(explore.read()[key])


def test_the_address_is_a_link_to_the_table(tab, address):
    ask(tab, "perpetrator", "outcome", "2017")
    assert tab.url.endswith("#rows=perpetrator&columns=outcome&study=2017")
    tab.goto("about:blank")
    tab.goto(f"{address}#rows=perpetrator&columns=outcome&study=2017")
    assert "2017 study" in tab.inner_text("#explore-answers caption")
    assert tab.eval_on_selector("#explore-columns", "it => it.value") == "outcome"


@pytest.mark.parametrize("asked", ["rows=nothing", "rows=sex&columns=sex", "study=1999", "%%%"])
def test_an_address_that_asks_for_nothing_there_is_shows_a_table_all_the_same(tab, address, asked):
    tab.goto(f"{address}#{asked}")
    tab.reload()
    assert tab.locator("#explore-answers tbody tr").count() > 1


def test_a_number_tells_by_keyboard_how_it_is_known_and_how_to_work_it_out(tab):
    ask(tab, "law_group", "incident")
    cell = tab.locator("#explore-answers tbody tr").nth(1).locator("button").nth(1)
    cell.focus()
    tab.keyboard.press("Enter")
    told = tab.inner_text(".scr-explore-detail")
    assert "Private law, Death: homicide: 12, the report’s own number." in told
    expression = 'count(case, law_group == "private" and incident == "death_homicide")'
    assert f"scr compute '{expression}'" in told
    assert f"scr bounds '{expression}'" in told
    assert KNOWLEDGE.of(expression).low == 12


def test_every_expression_on_the_page_is_what_python_asked(tab):
    """So that the line to copy gives the number that stands beside it."""
    for key in ("law_group|incident|", "study|sex|", "neglect|trio|2017", "sex|age_band|2017"):
        rows, columns, study = key.split("|")
        ask(tab, rows, columns, study)
        texts = tab.evaluate(COPY)
        asked = [text for row in QUESTIONS[key].expressions() for text in row]
        assert [*map(KNOWLEDGE.key, texts)] == [*map(KNOWLEDGE.key, asked)]


def test_a_study_is_not_asked_within_a_study(tab):
    tab.select_option("#explore-rows", "study")
    tab.select_option("#explore-study", "2017")
    assert tab.eval_on_selector("#explore-rows", "it => it.value") != "study"


def test_without_scripts_there_is_a_table(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#explore-answers tbody tr").count() > 60
    assert "the report’s own number" in page.inner_text("#explore-answers")
    context.close()
