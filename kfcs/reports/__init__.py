"""Reports (SPEC R): a period's rows are read once, counted into a ``Report``, and rendered in any format."""
