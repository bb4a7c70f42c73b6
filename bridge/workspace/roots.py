"""Which folders nobody wants indexed as a whole."""

from __future__ import annotations

from pathlib import Path

# Whole only: a project may well lie inside.
SHARED = frozenset(
    {
        *("/bin", "/boot", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/root", "/run", "/sbin"),
        *("/srv", "/tmp", "/usr", "/usr/bin", "/usr/lib", "/usr/local", "/usr/share", "/usr/src", "/var"),  # noqa: S108
        *("/var/tmp", "/Applications", "/Library", "/System", "/Users", "/Volumes", "/private"),  # noqa: S108
    }
)
# With all that is in them: made up by the kernel, endless and full of traps.
VIRTUAL = frozenset({"/dev", "/proc", "/sys"})
MEND = "pass --workspace with one project's folder"


def refuse_root(root: Path) -> str | None:
    """Why nobody wants this folder indexed, with the mend; None if it may be. `root` is absolute and resolved."""
    home = Path.home().resolve()
    if root == Path(root.anchor):
        return f"{root} is the whole file system: {MEND}"
    if root == home:
        return f"{root} is a whole home directory: {MEND}"
    if root in home.parents or str(root) in SHARED:
        return f"{root} holds much more than one project: {MEND}"
    if any(str(folder) in VIRTUAL for folder in (root, *root.parents)):
        return f"{root} is no folder of files: {MEND}"
    if ".git" in root.parts:
        return f"{root} is inside git's own data: {MEND}"
    return None
