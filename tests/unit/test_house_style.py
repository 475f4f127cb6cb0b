"""Are the colours of the house style as legible as the style sheet says?

The formula is that of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
"""

import re
from pathlib import Path

import pytest

STYLE = Path(__file__).resolve().parents[2] / "_static" / "house.css"
STATED = re.compile(r"(--[\w-]+): (#\w{6});\s+/\* (on .*?) \*/")
PAIR = re.compile(r"on (#\w{6}) ([\d.]+)")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def stated():
    for name, colour, pairs in STATED.findall(STYLE.read_text(encoding="utf-8")):
        for ground, ratio in PAIR.findall(pairs):
            yield name, colour, ground, float(ratio)


def test_the_formula_gives_what_wcag_says_of_black_on_white():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    # A pair that is known to just pass: https://webaim.org/articles/contrast/
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize(("name", "colour", "ground", "ratio"), list(stated()))
def test_a_stated_contrast_is_true_and_enough(name, colour, ground, ratio):
    assert contrast(colour, ground) == pytest.approx(ratio, abs=0.051)
    assert contrast(colour, ground) >= (3 if "border" in name else 4.5)


def test_both_themes_state_the_contrast_of_their_text():
    names = [name for name, *_ in stated()]
    assert names.count("--pst-color-text-base") == names.count("--pst-color-link") * 2 == 4
