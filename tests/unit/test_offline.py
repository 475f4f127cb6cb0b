"""Does the extension leave out what no page uses, and nothing else?"""

from types import SimpleNamespace

import pytest
from docutils.core import publish_doctree

from scrlib import paths
from scrlib.building import book, offline

PAGE = '<p class="note wide">x</p>'


def test_a_rule_for_a_class_on_no_page_is_left_out():
    names = offline.names_in([PAGE], [])
    assert offline.used(".note{a:b}.gone{c:d}", names) == ".note{a:b}"


def test_a_rule_stays_if_any_of_its_selectors_can_match():
    names = offline.names_in([PAGE], [])
    assert offline.used(".gone,p .wide{a:b}", names) == ".gone,p .wide{a:b}"
    assert offline.used(".note.gone{a:b}", names) == ""


def test_a_rule_without_a_class_stays():
    css = "html[data-theme=dark]{a:b}#id{c:d}h1:first-child{e:f}"
    assert offline.used(css, set()) == css


def test_what_a_rule_excludes_need_not_be_on_a_page():
    assert offline.used("p:not(.gone){a:b}", set()) == "p:not(.gone){a:b}"


def test_a_class_that_a_script_names_stays():
    names = offline.names_in([], ["e.classList.add('shown')"])
    assert offline.used(".shown{a:b}.hidden{c:d}", names) == ".shown{a:b}"


def test_a_block_whose_rules_are_all_left_out_is_left_out():
    assert offline.used("@media print{.gone{a:b}}h1{c:d}", set()) == "h1{c:d}"
    assert offline.used("@media print{.gone{a:b}h1{c:d}}", set()) == "@media print{h1{c:d}}"


def test_only_the_search_page_loads_the_search_index():
    page = '<script src="../searchindex.js"></script><script src="../_static/doctools.js"></script>'
    assert "searchindex" in offline.lighten(page, search=True)
    assert offline.lighten(page, search=False) == '<script src="../_static/doctools.js"></script>'


def test_a_description_is_cut_at_a_word_and_says_so():
    text = "one two three " * 30
    found = offline.shortened(text)
    assert len(found) <= offline.DESCRIPTION_LENGTH
    assert found.removesuffix("…").split() == text.split()[: len(found.split())]
    assert offline.shortened("Short  enough.") == "Short enough."


def test_a_description_ends_with_a_sentence_where_one_ends_within_reach():
    text = "This sentence is long enough to say something of the page. " + "More words follow. " * 9
    found = offline.shortened(text)
    assert found.endswith("follow.")
    assert len(found) <= offline.DESCRIPTION_LENGTH


def test_a_description_has_no_labels_of_references():
    doctree = publish_doctree("Title\n=====\n\nA report [GH17] and a review [SBB+16].\n")
    assert offline.description(doctree) == "A report and a review."


def test_the_description_of_a_page_is_its_first_paragraph_of_running_text():
    doctree = publish_doctree(
        "Title\n=====\n\n.. note:: Not this.\n\nBut *this* one.\n\nNor this.\n"
    )
    assert offline.description(doctree) == "But this one."


def test_what_a_title_holds_cannot_end_a_tag():
    assert '"><' not in offline.meta_tags('a"><script>', "b", "c").replace('">\n<', "")


def test_the_first_page_is_not_named_twice():
    html = offline.lighten("<title>A book &#8212; A book</title>", search=False)
    assert html == "<title>A book</title>"
    other = "<title>One &#8212; A book</title>"
    assert offline.lighten(other, search=False) == other


@pytest.mark.parametrize(("folder", "warnings"), [(paths.ROOT, ["stale"]), (paths.DATA, [])])
def test_only_a_build_of_the_chapters_as_committed_warns_of_stale_ones(
    monkeypatch, folder, warnings
):
    said = []
    monkeypatch.setattr(book, "stale_in_words", lambda: "stale")
    monkeypatch.setattr(offline._LOG, "warning", said.append)
    offline._warn_of_stale(SimpleNamespace(srcdir=str(folder)))
    assert said == warnings
