"""A quantity said once: computed on a dataset, compared with what was published, and solved.

Nothing here knows a particular report: codebook, claims and datasets are arguments.
"""
