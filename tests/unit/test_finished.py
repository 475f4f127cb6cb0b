"""Is a finished book read as a reader sees it: what each number counts, and what stands there?"""

from __future__ import annotations

import json
from html import escape

import pytest

from scrlib import finished
from scrlib.finished import Count, Protection
from scrlib.report import coding_frame
from tally.errors import InputError

FRAME = coding_frame()
SENTENCE = (
    '<p>It was <data value="5" title="5 of 18 (28%); counted in these data; '
    'percent(case, law == &quot;s31&quot;)">five</data>.</p>'
)
CELL = '<td class="scr-number" data-expression="percent(case, present(neglect))">{}</td>'


def book(folder, *pages, **more):
    finished.write(Protection(2017, (2017,), 5, 3, **more), folder)
    for number, page in enumerate(pages):
        (folder / f"{number}.html").write_text(page, encoding="utf-8")
    return folder


def texts(folder):
    return sorted(count.text for count in finished.counts(folder, FRAME))


def test_a_sentence_tells_a_count_and_what_it_is_of(tmp_path):
    assert texts(book(tmp_path, SENTENCE)) == ["18", "5"]


def test_a_cell_tells_its_count_and_with_a_percentage_that_its_base_is_told(tmp_path):
    assert texts(book(tmp_path, CELL.format("7 <small>(39%)</small>"))) == ["", "7"]
    assert texts(book(tmp_path, CELL.format("7"))) == ["7"]


def test_a_chart_tells_what_its_table_would(tmp_path):
    told = {"percent(case, present(neglect))": "1,207", 'count(child, sex == "female")': "[c]"}
    image = f'<img alt="" data-told="{escape(json.dumps(told))}">'
    assert texts(book(tmp_path, image)) == ["1207", "[c]"]


def test_an_average_tells_what_it_is_of(tmp_path):
    cell = '<td data-expression="mean(case, total_score)">3.4 <small>(12)</small></td>'
    (mean, base) = finished.counts(book(tmp_path, cell), FRAME)
    assert (mean.text, mean.base) == ("3.4", base.tally)
    assert base.text == "12"


def test_a_mark_says_that_a_count_is_not_none_where_one_of_its_kind_is_shown(tmp_path):
    cells = [CELL.format("[c]"), CELL.replace("neglect", "physical_abuse").format("[c]"),
             CELL.replace("present(neglect)", "neglect == 'high'").format("6")]  # fmt: skip
    held, mute = finished.marked(finished.counts(book(tmp_path, *cells), FRAME))
    assert [sorted(variables(tally)) for tally in held] == [["neglect"]]
    assert [sorted(variables(tally)) for tally in mute] == [["physical_abuse"]]


def variables(tally):
    from tally.expression import variables as tested

    return tested(tally.where)


def test_two_texts_for_one_number_are_an_error_that_names_the_page(tmp_path):
    with pytest.raises(InputError, match="One number of this book stands as two"):
        finished.counts(book(tmp_path, CELL.format("7"), CELL.format("8")), FRAME)


def test_only_digits_are_numbers_that_are_shown(tmp_path):
    counted = finished.counts(book(tmp_path, SENTENCE, CELL.format("[c]")), FRAME)
    assert sorted(finished.shown(counted).values()) == [5, 18]
    assert any(isinstance(count, Count) and count.held for count in counted)


def test_how_a_book_was_protected_is_written_and_read(tmp_path):
    assert finished.protection(book(tmp_path, zeros=True)) == Protection(2017, (2017,), 5, 3, True)


@pytest.mark.parametrize("text", ["", "[]", '{"focus": 1}', "{"])
def test_a_folder_that_is_no_protected_book_is_an_error_that_says_so(tmp_path, text):
    (tmp_path / finished.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no finished book"):
        finished.protection(tmp_path)
