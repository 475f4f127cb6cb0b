"""From a dataset to a book in place: kernels, results kept, HTML, PDF, many books."""
