"""Papers: forms to fill in and sign, the file of a case, the list of calls (SPEC H12, R4). Templates only place words."""
