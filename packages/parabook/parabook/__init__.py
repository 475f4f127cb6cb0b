"""A Jupyter Book with parameters: data in, book out.

::

    import parabook
    parabook.build("path/of/book", out="built/2018", parameters={"year": 2018})
"""

from parabook.book import Book, build, make
from parabook.errors import BuildError, InputError
from parabook.in_place import refresh
from parabook.results import rehearsed
from parabook.run import Warm

__all__ = ["Book", "BuildError", "InputError", "Warm", "build", "make", "refresh", "rehearsed"]
