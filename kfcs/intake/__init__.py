"""Taking in what others wrote: files, their columns, and the drafts that become of their rows (SPEC C)."""
