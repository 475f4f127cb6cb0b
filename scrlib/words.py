"""Words from numbers: number words, ranges, and lists as they stand in sentences.

Pure functions of numbers. House style: whole numbers below ten in words, others in digits;
percentages without decimals and means with one, as the report prints them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from tally.interval import Known
from tally.rounding import half_up

_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
