"""Read a taxonomy from its TOML files: the edge that feeds the pure `kfcs.rules.classify` (SPEC K1)."""

import tomllib
from pathlib import Path
from typing import Any

TAXONOMIES = ("five", "eight")
_FOLDER = Path(__file__).parent / "taxonomies"


def load_taxonomy_document(code: str) -> dict[str, Any]:
    """The merged, JSON-able document of a taxonomy: the shared word lists, then its own tables over them."""
    if code not in TAXONOMIES:
        raise ValueError(f"unknown taxonomy {code!r}; known are {', '.join(TAXONOMIES)}")
    return _read("common") | _read(code)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
