"""Can a number that is held back be learnt from any file of a book?

The plan comes with other datasets that nobody should be able to tell from the true one. A book of
one of them, made by the same plan, has to be the same in every byte: whatever a page, a picture, a
download, a notebook or the search index holds, it is made of nothing else than what is shown.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from html import unescape
from itertools import product

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

import parabook
from scrlib import disclosure, finished, intrusion, paths
from scrlib.building import book
from scrlib.building.edition import Edition
from scrlib.disclosure import Settings
from scrlib.report import load_tables, read_dataset
from tally.data import storage
from tally.errors import BuildError, InputError
from tally.evaluate import evaluate, tally
from tally.expression import Aggregate, Quantity, inner_tests, variables
from tally.language import parse

pytestmark = pytest.mark.slow
_OF_THE_BUILD = ("manifest.json", ".buildinfo", ".parabook")
"""When a book was made and what of: the inputs are not told, and the rest is the same anyway."""
NOT_KNOWN = (
    ("cases.csv", "INV-01,2018,both", "INV-01,2018,N/K"),
    ("children.csv", "INV-01-a,INV-01,female,8", "INV-01-a,INV-01,N/K,unborn"),
    ("ratings.csv", "INV-01,child_protection_plan,current", "INV-01,child_protection_plan,N/K"),
    ("ratings.csv", "INV-02,neglect,none", "INV-02,neglect,N/K"),
)
"""Answers of the invented cases that are not known: file, what stands there, what instead."""


@pytest.fixture(scope="module", autouse=True)
def one_time():
    """Let all books be made at one time, which each of them tells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1700000000")
        yield


@pytest.fixture(scope="module")
def plans():
    return []


@pytest.fixture(scope="module")
def built(tmp_path_factory, plans):
    """Build the book about the 18 invented cases as if they were observed, some answers not known.

    A category that is in a book only because an answer is not known tells that there is one.
    """
    folder = tmp_path_factory.mktemp("held")
    dataset = read_dataset(paths.DATA / "example" / "study")
    dataset = replace(dataset, meta=replace(dataset.meta, provenance="observed"))
    storage.write(dataset, folder / "cases")
    for name, known, unknown in NOT_KNOWN:
        path = folder / "cases" / name
        text = path.read_text(encoding="utf-8")
        assert known in text
        path.write_text(text.replace(known, unknown), encoding="utf-8")
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

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disclosure, "planned", lambda *given: plan)
        patch.setattr(parabook, "rehearsed", lambda *given: {})
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


# -- the finished book, attacked ------------------------------------------------------------------


def test_the_finished_book_is_attacked_and_says_what_came_of_it(built):
    page = (built / "chapters" / "own_data.html").read_text(encoding="utf-8")
    assert "a model and a solver that the plan does not use" in page
    found = intrusion.attack(built)
    assert found.shown > 20
    assert found.held + found.others > 100
    assert found.narrowest >= 3
    assert found.sentences in page


CELL = re.compile(rf'(<td[^>]*{finished.EXPRESSION}="([^"]+)"[^>]*>)([^<]*)')


def revealed(built, folder, dataset, *, but):
    """Copy a book and fill in each count of cases by the variable of one that keeps its mark."""
    shutil.copytree(built, folder)
    kept, _, _ = parse(but, dataset.codebook, 2018).single.ratio(dataset.codebook)

    def number(cell):
        start, expression, text = cell.groups()
        above, _, _ = parse(unescape(expression), dataset.codebook, 2018).single.ratio(
            dataset.codebook
        )
        alike = above.unit == kept.unit and variables(above.where) == variables(kept.where)
        hidden = unescape(expression) == but or text.strip() != disclosure.HELD_BACK or not alike
        return cell.group() if hidden else start + str(tally(above, dataset))

    for page in sorted((folder / "chapters").glob("0*.html")):
        page.write_text(CELL.sub(number, page.read_text(encoding="utf-8")), encoding="utf-8")
    return folder


def small(built, dataset):
    """Yield counts by the incident alone that are held back and not none."""
    page = (built / "chapters" / "05_all_cases.html").read_text(encoding="utf-8")
    for _, expression, text in CELL.findall(page):
        single = parse(unescape(expression), dataset.codebook, 2018).single
        above, _, _ = single.ratio(dataset.codebook)
        marked = text.strip() == disclosure.HELD_BACK
        if marked and variables(above.where) == {"incident"} and tally(above, dataset):
            yield unescape(expression)


def test_a_book_that_marks_only_what_is_small_does_not_pass(built, plans, tmp_path):
    dataset = plans[0].dataset
    but = next(small(built, dataset))
    found = intrusion.attack(revealed(built, tmp_path / "html", dataset, but=but))
    assert found.narrow
    with pytest.raises(BuildError, match="can be worked out"):
        intrusion.stop_if_narrow(found)


def test_a_cell_that_tells_of_the_true_cases_what_other_cases_do_not_share_stops_the_build(
    built, tmp_path
):
    edition = Edition(tmp_path, 2018, None, None, hold_zeros=False, earlier=())
    chapter = tmp_path / "05_all_cases.ipynb"

    def run(title):
        output = {"output_type": "stream", "name": "stdout", "text": [title]}
        return {"cells": [{"cell_type": "code", "outputs": [output], "source": [], "metadata": {}}],
                "metadata": {}, "nbformat": 4, "nbformat_minor": 5}  # fmt: skip

    chapter.write_text(json.dumps(run("Two of them")), encoding="utf-8")
    edition.twins[chapter.name] = run("Two of them")
    edition.compare(chapter)
    edition.twins[chapter.name] = run("Three of them")
    with pytest.raises(parabook.BuildError, match=r"05_all_cases\.ipynb, cell 1: .*gives away"):
        edition.compare(chapter)


# -- a second book beside it ----------------------------------------------------------------------


def test_what_a_book_has_told_is_read_from_its_pages_and_stays_as_it_is(built, plans):
    first = plans[0]
    earlier = disclosure.before(built, first.dataset)
    assert len(earlier.shown) > 20
    asked = [Quantity(((1, Aggregate("count", i.tally.unit, i.tally.where)),))
             for i in first.statistics if i.base is None]  # fmt: skip
    second = disclosure.planned(asked, first.dataset, Settings(10), [earlier])
    assert second.told
    assert all(len(set(second.looks[item])) == 1 for item in second.told)
    assert second.narrowest >= 3


def test_a_book_of_other_numbers_than_the_data_have_is_refused(built, plans):
    dataset = plans[0].dataset
    frames = {**dataset.frames, "case": dataset.frames["case"].assign(involvement="none")}
    with pytest.raises(InputError, match="otherwise than these data"):
        disclosure.before(built, replace(dataset, frames=frames))


def test_a_book_that_holds_nothing_back_is_no_earlier_book(tmp_path, plans):
    with pytest.raises(InputError, match="nothing can be held back beside it"):
        disclosure.before(tmp_path, plans[0].dataset)


# -- the 97 cases, treated as if they were real ----------------------------------------------------

AXES = ("law", "incident", "study")


@pytest.fixture(scope="module")
def report():
    """Plan the tables of the report about its 97 cases."""
    dataset = read_dataset(paths.SYNTHETIC)
    cells = [cell for t in load_tables(dataset.codebook, 2017).values() for cell in t.cells]
    asked = [parse(cell.quantity, dataset.codebook, 2017) for cell in cells if cell.quantity]
    return disclosure.planned(asked, dataset, Settings(5)), [q for q in asked if about_axes(q)]


def about_axes(quantity):
    single = quantity.single
    names = {test.variable for test in inner_tests(single.where) if hasattr(test, "variable")}
    return single.function == "count" and single.unit == "case" and names <= {*AXES}


def holds(condition, cell):
    """Evaluate a condition on a cell: memberships, joined by and, or, not."""
    match type(condition).__name__:
        case "In":
            return cell[condition.variable] in condition.codes
        case "Not":
            return not holds(condition.condition, cell)
        case "And":
            return all(holds(part, cell) for part in condition.conditions)
        case "Or":
            return any(holds(part, cell) for part in condition.conditions)
    raise TypeError(condition)


def test_no_count_of_the_97_cases_can_be_worked_out_by_an_intruder_with_another_solver(report):
    plan, quantities = report
    codebook = plan.dataset.codebook
    domains = [codebook.variables[name].codes for name in AXES]
    cells = [dict(zip(AXES, codes, strict=True)) for codes in product(*domains)]
    rows = {
        q.text: np.array([float(holds(q.single.where, cell)) for cell in cells])
        for q in quantities
    }  # fmt: skip
    numbers = {q.text: int(evaluate(q, plan.dataset)) for q in quantities}
    shown = {q.text: numbers[q.text] if plan.tells(q) else None for q in quantities}
    low = np.array([1 if number is None else number for number in shown.values()])
    high = np.array([np.inf if number is None else number for number in shown.values()])
    known = LinearConstraint(np.array(list(rows.values())), low, high)
    whole = {"constraints": [known], "integrality": np.ones(len(cells)), "bounds": Bounds(0)}
    small = [text for text, number in numbers.items() if 0 < number < 5]
    assert len(small) > 10
    for text in small:
        ends = [milp(sign * rows[text], **whole) for sign in (1, -1)]
        assert all(end.status == 0 for end in ends)
        assert round(-ends[1].fun) - round(ends[0].fun) >= 2, text


def test_the_tables_of_the_report_lose_no_more_than_they_must(report):
    plan, _ = report
    counts = [item for item in plan.statistics if item.base is None]
    large = [item for item in counts if int(plan.looks[item][0]) >= 5]
    lost = [item for item in plan.widths if int(plan.looks[item][0]) >= 5]
    assert plan.narrowest >= 3
    # Whatever is withheld, more than six in ten of the counts that need no protection stay.
    assert len(lost) < 0.4 * len(large)
