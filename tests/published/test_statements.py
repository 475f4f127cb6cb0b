"""Is the register of statements sound, and is nothing in the report left out?

`coverage.csv` was read off the report's text by machine, statements and tables were typed by hand:
each is a second source for the other.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from scrlib import report as published
from scrlib.auditing import coverage, register
from scrlib.compare import benchmarks
from scrlib.report import coding_frame
from tally.errors import InputError

FRAME = coding_frame()
STATEMENTS = {item.id: item for item in register.load(FRAME)}
ROWS = coverage.read()
WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
SOUND = """
- id: a-case
  section: "1"
  says: There are four cases
  printed: "4"
  compare: equal
  quantity: count(case, true)
"""


def refused(tmp_path: Path, text: str) -> list[str]:
    (tmp_path / "one.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        register.load(FRAME, 2017, tmp_path)
    return [str(item) for item in caught.value.failures]


def changed(old: str, new: str) -> str:
    assert old in SOUND
    return SOUND.replace(old, new)


# -- completeness ----------------------------------------------------------------------------------


def test_every_number_and_quantifier_of_the_report_has_a_disposition():
    assert len(ROWS) > 1000
    assert {row.disposition for row in ROWS} == set(coverage.DISPOSITIONS)
    bare = [row for row in ROWS if row.disposition in ("statement", "table") and not row.ids]
    assert bare == []


def test_every_statement_and_table_that_coverage_names_exists():
    tables = published.load_tables(FRAME).keys()
    named = {name for row in ROWS for name in row.ids}
    assert named <= STATEMENTS.keys() | tables
    assert named >= tables


def numbers(text: str) -> set[str]:
    """Return the numbers of a text as digits; 2011-14 is 2011 and 2014."""
    plain = re.sub(r"\b(20)(\d\d)[-–](\d\d)\b", r"\1\2 \1\3", text.lower().replace(",", ""))
    found = re.findall(r"\d+(?:\.\d+)?|[a-z]+", plain)
    return {str(WORDS.get(word, word)) for word in found if word in WORDS or word[0].isdigit()}


def numbers_in(identifiers: tuple[str, ...]) -> set[str]:
    """Return every number that some statements hold."""
    items = [STATEMENTS[name] for name in identifiers]
    texts = [text for item in items for text in (item.printed, item.value, item.says)]
    texts += [r.quantity + r.holds for item in items for r in item.readings]
    return numbers(" ".join(texts))


def test_each_number_in_the_text_stands_in_the_statement_that_covers_it():
    checked = [row for row in ROWS if row.disposition == "statement" and numbers(row.token)]
    assert len(checked) > 250
    assert [row for row in checked if not numbers(row.token) <= numbers_in(row.ids)] == []


@pytest.mark.parametrize("key", published.load_tables(FRAME))
def test_the_numbers_in_a_table_are_those_in_the_text_of_the_report(key: str):
    table = published.load_tables(FRAME)[key]
    dashes = sum(text == table.empty for text in table.printed.values())
    declared = Counter(cell.printed for cell in table.cells if cell.printed)
    cells = [row for row in ROWS if row.ids == (key,) and row.disposition == "table"]
    in_text = Counter(row.token.rstrip("%") for row in cells)
    # A dash for no such case is a zero that the text does not print.
    assert declared == in_text + Counter({"0": dashes} if dashes else {})


def test_the_text_of_the_report_holds_nothing_that_is_not_covered():
    path = os.environ.get("SCR_REPORT", "")
    if not path:
        pytest.skip("the report's text is not part of the compendium: set SCR_REPORT to its file")
    assert coverage.differences(Path(path).read_text(encoding="utf-8"), ROWS) == []


def test_a_number_missing_from_coverage_is_named():
    text = "Executive summary\n\nFive cases, most of them recent.\n"
    row = coverage.Covered("Executive summary", "Five", "statement", ("es-2017-current",))
    assert coverage.differences(text, (row,)) == ["Executive summary: 'most' is not covered"]


def test_a_footnote_and_a_table_are_sections_of_their_own():
    lines = ["Executive summary", "1.1 Introduction", "Two.", "² Three", "Table 4: Ages", "A\t5%"]
    found = [(item.section, item.token) for item in coverage.tokens("\n".join(lines))]
    assert found == [("1.1", "Two"), ("footnote 2", "Three"), ("Table 4", "5%")]


def test_every_benchmark_that_a_statement_names_is_a_benchmark():
    known = {item.key for item in benchmarks.load()}
    assert {item.benchmark for item in STATEMENTS.values() if item.benchmark} <= known


def test_every_statement_says_how_it_is_settled_or_why_it_cannot_be():
    for item in STATEMENTS.values():
        assert item.computable == any(r.quantity or r.holds for r in item.readings), item.id
        assert bool(item.reason) == bool(item.why), item.id


def test_statements_that_repeat_each_other_print_the_same_number():
    for item in STATEMENTS.values():
        for other in (STATEMENTS[name] for name in item.same_as):
            numbers = [re.findall(r"\d+", text) for text in (item.printed, other.printed)]
            assert not all(numbers) or numbers[0] == numbers[1], item.id


# -- what is refused -------------------------------------------------------------------------------


def test_a_sound_file_is_read(tmp_path: Path):
    (tmp_path / "one.yaml").write_text(SOUND, encoding="utf-8")
    (statement,) = register.load(FRAME, 2017, tmp_path)
    assert (statement.id, statement.printed, statement.computable) == ("a-case", "4", True)
    assert [item.quantity for item in statement.readings] == ["count(case, true)"]


def test_an_unknown_field_is_refused_with_file_id_and_nearest_name(tmp_path: Path):
    (line,) = refused(tmp_path, changed("compare: equal", "compare: equal\n  tabel: table_01"))
    assert line.startswith("one.yaml, a-case, tabel: ")
    assert "'tabel'" in line
    assert "Did you mean 'table'?" in line


def test_an_id_used_twice_is_refused(tmp_path: Path):
    assert any("once only" in line for line in refused(tmp_path, SOUND + SOUND))


def test_an_expression_that_cannot_be_read_is_refused_with_its_place(tmp_path: Path):
    (line,) = refused(tmp_path, changed("count(case, true)", 'count(case, law == "s32")'))
    assert line.startswith("one.yaml, a-case, quantity: ")
    assert "Did you mean 's31'?" in line


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("  says: There are four cases\n", "", "must be given"),
        ('printed: "4"', "printed: 4", "Put it in quotes"),
        ('printed: "4"', "printed: four", "One number was expected"),
        ("compare: equal", "compare: equals", "No such value"),
        ("  compare: equal\n", "", "how the printed value is to be compared"),
        ("compare: equal", "compare: about", "needs a tolerance"),
        ("compare: equal", "compare: over", "as a relation"),
        ("compare: equal", "compare: relation", "A relation has `holds`"),
        ("  quantity: count(case, true)\n", "", "or else the reason"),
        ("quantity:", "reason: external\n  why: Far away.\n  quantity:", "or else the reason"),
        ("quantity: count(case, true)", "reason: external", "go together"),
        ("id: a-case", "id: A case", "small letters"),
        ("compare: equal", "compare: equal\n  same_as: [b-case]", "no such statement"),
    ],
)
def test_a_faulty_entry_is_refused(tmp_path: Path, old: str, new: str, rule: str):
    assert any(rule in line for line in refused(tmp_path, changed(old, new)))


def test_every_failure_of_every_file_is_reported_at_once(tmp_path: Path):
    (tmp_path / "two.yaml").write_text(
        SOUND.replace("a-case", "b-case").replace("true", "trye"), encoding="utf-8"
    )
    lines = refused(tmp_path, changed("compare: equal", "compare: equals"))
    assert {line.split(",")[0] for line in lines} == {"one.yaml", "two.yaml"}


def test_a_file_that_is_no_list_is_refused(tmp_path: Path):
    assert refused(tmp_path, "id: a-case") == ["one.yaml: The file must be a list of entries."]
