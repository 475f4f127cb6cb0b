"""What the chapters call, and the parts of the pages that add to the report."""
