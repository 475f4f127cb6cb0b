"""Can a number that is held back be learnt from any file of a book?

The plan comes with other datasets that nobody should be able to tell from the true one. A book of
one of them, made by the same plan, has to be the same in every byte: whatever a page, a picture, a
download, a notebook or the search index holds, it is made of nothing else than what is shown.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import replace

import pytest

import parabook
from scrlib import disclosure, paths
from scrlib.building import book
from scrlib.report import read_dataset
from tally.data import storage

pytestmark = pytest.mark.slow
_OF_THE_BUILD = ("manifest.json", ".buildinfo", ".parabook")
"""When a book was made and what of: the inputs are not told, and the rest is the same anyway."""


@pytest.fixture(scope="module")
def plans():
    return []


@pytest.fixture(scope="module")
def built(tmp_path_factory, plans):
    """Build the book about the 18 invented cases as if they were observed."""
    folder = tmp_path_factory.mktemp("held")
    dataset = read_dataset(paths.DATA / "example" / "study")
    dataset = replace(dataset, meta=replace(dataset.meta, provenance="observed"))
    storage.write(dataset, folder / "cases")
    planned = disclosure.planned
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            disclosure, "planned", lambda *given: plans.append(planned(*given)) or plans[-1]
        )
        return book.build(folder / "cases", study=2018, out=folder / "html", store=None)


@pytest.fixture(scope="module")
def twin(tmp_path_factory, built, plans):
    """Build, by the same plan, the book of the dataset that is least like the true one."""
    folder = tmp_path_factory.mktemp("twin")
    plan = plans[0]
    other = max(plan.others, key=lambda item: differences(item, plan))
    meta, learning = plan.dataset.meta, plan.dataset.learning
    storage.write(replace(other, meta=meta, learning=learning), folder / "cases")

    @contextmanager
    def not_again(*given):
        yield folder

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disclosure, "planned", lambda *given: plan)
        patch.setattr(parabook, "rehearsed", not_again)
        return book.build(folder / "cases", study=2018, out=folder / "html", store=None)


def differences(other, plan):
    place = plan.others.index(other) + 1
    return sum(looks[0] != looks[place] for looks in plan.looks.values())


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _OF_THE_BUILD
    }


def test_the_book_of_other_cases_that_agree_with_it_is_the_same_in_every_byte(built, twin):
    ours, others = files(built), files(twin)
    assert len(ours) > 100
    assert ours.keys() == others.keys()
    assert [name for name in ours if ours[name] != others[name]] == []


def test_the_other_cases_differ_in_numbers_that_would_be_shown(built, plans):
    plan = plans[0]
    assert len(plan.others) > 20
    assert max(differences(other, plan) for other in plan.others) > 5
    assert plan.narrowest >= 3


def test_pages_say_what_is_held_back_and_show_no_small_number(built):
    for name in ("03_study_2017", "05_all_cases"):
        text = (built / "chapters" / f"{name}.html").read_text(encoding="utf-8")
        assert "Numbers from 1 to 4 are held back" in text
        cells = re.findall(r'<td class="scr-number"[^>]*>([^<]*)', text)
        assert any(cell.strip() == disclosure.HELD_BACK for cell in cells)
        assert not [cell for cell in cells if re.fullmatch(r"\s*[1-4]\s*", cell)]
