"""From coders' entries to ratings, and the workbooks and sheets that people fill in."""
