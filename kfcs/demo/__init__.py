"""A made-up developer with four branches, to try kfcs on (SPEC I8)."""
