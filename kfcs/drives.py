"""Where a file lies: SQLite keeps its promises only where locks and shared memory are those of one machine (SPEC L7)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from kfcs.errors import N_, Message, say

NETWORK = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph", "fuse.davfs2", "fuse.glusterfs", "fuse.gvfsd-fuse",
    "fuse.rclone", "fuse.s3fs", "fuse.smbnetfs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "smb2", "smb3", "smbfs",
})  # fmt: skip
"""File systems that other machines may write to as well, as the Linux kernel names them."""
_REMOTE = 4  # what Windows calls the type of a network drive
_ESCAPED = re.compile(r"\\([0-7]{3})")


def caution(path: Path, mounts: str | None = None) -> Message | None:
    """What to say of a ledger that does not lie on a disk of this machine; None where it does."""
    if not on_network(path, mounts):
        return None
    return say(
        N_(
            "{path} lies on a network drive, where SQLite may lose entries. Keep the ledger on a disk of this machine."
        ),
        path=str(path),
    )


def on_network(path: Path, mounts: str | None = None) -> bool:
    """Whether a file lies on a network drive, as far as the system tells; False where it does not.

    ``mounts`` is the text of ``/proc/mounts``, read from there unless given.
    """
    if str(path).startswith(("\\\\", "//")):
        return True
    if os.name == "nt":
        return _is_remote(path.resolve().drive)
    return _kind_at(str(path.resolve()), _mounts() if mounts is None else mounts) in NETWORK


def _mounts() -> str:
    try:
        return Path("/proc/mounts").read_text("utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _kind_at(place: str, mounts: str) -> str:
    """The file system of the innermost mount that a place lies in; of two at one place the later hides the other."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = _ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[1])
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def _is_remote(drive: str) -> bool:
    import ctypes

    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 — there is none elsewhere
    return bool(kernel.GetDriveTypeW(f"{drive}\\") == _REMOTE)
