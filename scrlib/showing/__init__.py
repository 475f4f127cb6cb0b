"""Numbers as readers see them: prose, tables, figures and downloads, for any dataset."""
