"""What the system can watch: its limits, and file systems whose changes it is not told of."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bridge.workspace.mounts import TABLE, mounts_in

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


def foreign_file_system(root: Path, table: Path = TABLE) -> str:
    """The type of the file system that a root lies on, if it is one of FOREIGN; else empty."""
    best, kind = -1, ""
    for mount in mounts_in(table):
        inside = root == mount.place or mount.place in root.parents
        if inside and len(str(mount.place)) >= best:  # a later mount covers an earlier one at the same place
            best, kind = len(str(mount.place)), mount.kind
    return kind if kind in FOREIGN else ""
