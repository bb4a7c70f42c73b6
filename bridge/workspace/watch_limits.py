"""What the system can watch: its limits, and file systems whose changes it is not told of."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

MOUNTS: Final = Path("/proc/self/mountinfo")
MAX_WATCHES: Final = Path("/proc/sys/fs/inotify/max_user_watches")
# Others may write there, on another machine or beyond a virtual one, without an event here.
FOREIGN: Final = frozenset(
    {
        *("9p", "afs", "beegfs", "ceph", "cifs", "drvfs", "fakeowner", "glusterfs", "gpfs", "lustre", "ncpfs"),
        *("nfs", "nfs4", "prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"),
        *("fuse.glusterfs", "fuse.grpcfuse", "fuse.osxfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"),
        "fuse.vmhgfs-fuse",
    }
)


def watch_budget() -> int:
    """How many folders one bridge may watch: half of what the user has in all, for there are others."""
    try:
        return int(MAX_WATCHES.read_text(encoding="ascii")) // 2
    except (OSError, ValueError):
        return 4096  # half of the kernel's oldest default


def foreign_file_system(root: Path, mounts: Path = MOUNTS) -> str:
    """The type of the file system that a root lies on, if it is one of FOREIGN; else empty."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in lines:
        left, _, right = line.partition(" - ")
        place = _unescaped(left.split(" ")[4])
        inside = root == Path(place) or Path(place) in root.parents
        if inside and len(place) >= best:  # a later mount covers an earlier one at the same place
            best, kind = len(place), right.split(" ")[0]
    return kind if kind in FOREIGN else ""


def _unescaped(place: str) -> str:
    """A mount point as it is: the kernel writes blanks and backslashes as three octal digits."""
    return os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda found: bytes([int(found[1], 8)]), os.fsencode(place)))
