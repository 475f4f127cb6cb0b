"""Do errors say in words what is wrong?"""

from __future__ import annotations

import doctest

from parabook import errors


def test_the_examples_of_the_module_hold():
    found = doctest.testmod(errors)
    assert (found.attempted > 2, found.failed) == (True, 0)
