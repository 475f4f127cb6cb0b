"""Whether dependence between children, and between samples, is allowed for."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from scrlib.compare import clusters


def test_alike_children_in_pairs_count_once() -> None:
    flags, owners = np.repeat([True, False] * 50, 2), np.repeat(np.arange(100), 2)
    # statsmodels corrects by G / (G - 1), so that the effect is 2 * 100 / 99 and not 2.
    assert clusters.design_effect(flags, owners) == pytest.approx(200 / 99, rel=1e-9)


def test_single_children_have_no_design_effect_beyond_the_small_sample_correction() -> None:
    flags = np.array([True, False] * 50)
    assert clusters.design_effect(flags, np.arange(100)) == pytest.approx(100 / 99, rel=1e-9)


def test_children_who_differ_within_cases_gain_nothing() -> None:
    flags, owners = np.array([True, False] * 50), np.repeat(np.arange(50), 2)
    assert clusters.design_effect(flags, owners) == 1


@pytest.mark.parametrize("flags", [[True] * 4, [False] * 4, []])
def test_a_share_without_variation_has_no_design_effect(flags: list[bool]) -> None:
    owners = np.arange(len(flags))
    assert clusters.design_effect(np.array(flags, dtype=bool), owners) == 1


def test_uneven_families_weigh_more_than_even_ones() -> None:
    """In the 2017 study 15 cases had 12 x 1, 2, 2 and 5 children: 45 / 21 by their squares."""
    sizes = [1] * 12 + [2, 2, 5]
    assert clusters.alike(sizes) == pytest.approx(45 / 21)
    assert clusters.alike([2, 2, 2]) == 2
    assert clusters.alike(sizes, 174, 97) == pytest.approx(45 / 21 / (21 / 15) * 174 / 97)


def test_without_children_there_is_no_design_effect() -> None:
    assert clusters.alike([]) == clusters.alike([0, 0]) == 1


def test_no_sizes_are_more_uneven_than_one_case_with_all_that_it_can_have() -> None:
    """Nine children in four cases, each case with one at least: every way to share them out."""
    every = [s for s in product(range(1, 7), repeat=4) if sum(s) == 9]
    found = clusters.most_uneven([(9, 4)])
    assert sum(size**2 for size in found) == max(sum(size**2 for size in s) for s in every)
    assert clusters.most_uneven([(0, 0), (3, 1)]) == [3]


def test_more_overlap_makes_a_difference_plainer() -> None:
    """Samples coded alike: 69 of 97 against 94 of 175, none to 56 in both."""
    found = [clusters.overlap_test(69, 97, 94, 175, shared).pvalue for shared in range(57)]
    assert found == sorted(found, reverse=True)


def test_one_and_the_same_sample_cannot_be_compared_with_itself() -> None:
    found = clusters.overlap_test(5, 10, 5, 10, 10)
    assert math.isnan(found.statistic)
    assert found.summary().startswith("Not tested")


def test_more_shared_cases_than_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="is not a share"):
        clusters.overlap_test(5, 10, 5, 20, 11)
