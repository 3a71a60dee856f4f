"""A page as PDF (SPEC R4): printed by the browser that the machine has, which brings its own fonts and needs no admin."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kfcs.errors import N_, BadInput, say

NAMES = (
    "msedge", "microsoft-edge", "microsoft-edge-stable", "google-chrome", "google-chrome-stable", "chrome",
    "chromium", "chromium-browser",
)  # fmt: skip
"""What the browsers are called that can print without a window."""
_WINDOWS = (r"Microsoft\Edge\Application\msedge.exe", r"Google\Chrome\Application\chrome.exe")
_MAC = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
SECONDS = 120
"""How long a browser may take to print."""


def printed(page: str) -> bytes:
    """The page as PDF. Raises BadInput where there is no browser, or it prints nothing."""
    browser = find_browser()
    with tempfile.TemporaryDirectory(prefix="kfcs-") as folder:
        source, target = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_text(page, encoding="utf-8")
        told = _run(_command(browser, source, target, Path(folder) / "profile"))
        content = target.read_bytes() if target.is_file() else b""
    if not content.startswith(b"%PDF"):
        raise BadInput(N_("{browser} printed nothing: {fault}"), browser=browser, fault=told[-200:] or "—")
    return content


def find_browser() -> str:
    """The browser that prints: the one that KFCS_BROWSER names, else one that the machine has. Raises BadInput."""
    for place in _places():
        found = shutil.which(place)
        if found:
            return found
    raise BadInput(
        N_("A PDF is printed by a browser, and none was found."),
        hint=say(
            N_("Install Edge, Chrome or Chromium, name one in KFCS_BROWSER, or write .html and print that.")
        ),
    )


def _places() -> Iterator[str]:
    if named := os.environ.get("KFCS_BROWSER"):
        yield named
        return
    yield from NAMES
    for base in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if folder := os.environ.get(base):
            yield from (str(Path(folder) / path) for path in _WINDOWS)
    yield from _MAC


def _command(browser: str, source: Path, target: Path, profile: Path) -> list[str]:
    """The page asks the network for nothing; a browser that root runs wants no sandbox."""
    root = sys.platform != "win32" and os.geteuid() == 0
    return [
        browser,
        "--headless",
        "--disable-gpu",
        "--no-first-run",
        "--disable-extensions",
        "--no-pdf-header-footer",
        f"--user-data-dir={profile}",
        f"--print-to-pdf={target}",
        *(["--no-sandbox"] if root else []),
        source.as_uri(),
    ]


def _run(command: list[str]) -> str:
    """What the browser says, on one line."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise BadInput(
            N_("{browser} printed nothing: {fault}"), browser=command[0], fault=f"{SECONDS} s"
        ) from None
    except OSError as error:
        raise BadInput(
            N_("{browser} printed nothing: {fault}"), browser=command[0], fault=error.strerror or str(error)
        ) from None
    return " ".join((done.stderr + done.stdout).decode("utf-8", "replace").split())
