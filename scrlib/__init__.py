"""Helper package of the compendium: this report as quantities, and the book built on them.

What any published report needs (coding frame, language, datasets, evaluation, tables, claims, the
engine) is the library `tally`, in `packages/tally`. The packages here stand on floors above it,
each importing only from those below (`lint-imports` checks it):

==========  =====================================================================================
cli         the commands of `scr`, and `commands` that carries them out
building    from a dataset to a book in place: kernels, results kept, HTML, PDF, many books
pages       what the chapters call, and the parts of the pages that add to the report
showing     numbers as readers see them: prose, tables, figures, downloads
bounding    what print determines: the least and greatest value of a quantity
protecting  disclosure control: what is held back (it may still be worked out)
synthetic   datasets made to agree with print
solving     what must hold of any data, and proofs that claims contradict
comparing   tests against national figures, trends and associations
auditing    every printed number as a claim, set beside a dataset
coding      from coders' entries to ratings; workbooks and sheets to fill in
report      the report's own coding frame, and its tables as printed
==========  =====================================================================================

The package is imported by every chapter, so this module imports nothing heavy.
"""

__version__ = "0.1.0"
