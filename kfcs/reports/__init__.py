"""Reports (SPEC R): read a period's rows once, count them into a frozen ``Report``, render it in any format."""
