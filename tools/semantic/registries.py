"""Fetch a package's archive with its registry's ordinary client, and read the licence that it states.

Nothing of a package is ever built or run.
"""

from __future__ import annotations

import email
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

# Larger ones cost more time than they teach.
MAX_ARCHIVE_BYTES: Final = 130_000_000
TIMEOUT_S: Final = 600
MAX_BINARIES: Final = 8
_WITH_SOURCES: Final = re.compile(
    r"^(ruby-|php-)|-dev$|-src$|-source$|^(puppet|chef|jekyll|rake|puma|vagrant|yard|rubocop)"
)
_APT_FILES: Final = re.compile(r"'(?P<url>[^']+)' (?P<name>\S+) (?P<size>\d+)")


class Fetched(NamedTuple):
    """A package as it was found. `archives` are files with its sources."""

    version: str
    licence: str
    archives: list[Path]


class Unusable(Exception):
    """A package that cannot be had, or is not wanted, and why."""


def _run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, cwd=cwd, check=False)
    if done.returncode:
        raise Unusable((done.stderr.strip().splitlines() or ["failed"])[-1][:200])
    return done.stdout


def from_pypi(name: str, into: Path) -> Fetched:
    """The source archive, else a wheel, by `unearth`: pip would build what it downloads."""
    for kind in ("--no-binary", "--only-binary"):
        try:
            found = json.loads(_run(sys.executable, "-m", "unearth", kind, "--download", str(into), name))
        except (Unusable, json.JSONDecodeError):
            continue
        (archive,) = into.iterdir()
        metadata = email.message_from_string(_read(archive, re.compile(r"(^[^/]+/PKG-INFO|\.dist-info/METADATA)$")))
        return Fetched(found["version"], _pypi_licence(metadata), [archive])
    raise Unusable("no archive")


def _pypi_licence(metadata: email.message.Message) -> str:
    """An SPDX expression, else the classifiers, else what the field says if that is short."""
    if metadata["License-Expression"]:
        return str(metadata["License-Expression"])
    prefix = "License :: OSI Approved :: "
    classified = [one.removeprefix(prefix) for one in metadata.get_all("Classifier", []) if one.startswith(prefix)]
    if classified:
        return " AND ".join(classified)
    return str(metadata["License"] or "").strip().split("\n")[0][:80]


def from_npm(name: str, into: Path) -> Fetched:
    """What `npm pack` brings."""
    _run("npm", "pack", "--silent", "--ignore-scripts", name, cwd=into)
    (archive,) = into.iterdir()
    package = json.loads(_read(archive, re.compile(r"^[^/]+/package\.json$")))
    licence = package.get("license") or " OR ".join(one.get("type", "") for one in package.get("licenses", []))
    return Fetched(package["version"], licence if isinstance(licence, str) else licence.get("type", ""), [archive])


def from_debian(name: str, into: Path) -> Fetched:
    """The source package by `apt-get source`; where its archives are gone, its binary packages that hold sources.

    The licence is that of `Files: *` in the machine-readable copyright file.
    """
    apt = ("apt-get", *_apt_options(into.parent.parent))
    listed = [match.groupdict() for match in _APT_FILES.finditer(_run(*apt, "source", "--print-uris", name, cwd=into))]
    if sum(int(one["size"]) for one in listed) > MAX_ARCHIVE_BYTES:
        raise Unusable("too large")
    described = _run("apt-cache", *_apt_options(into.parent.parent), "showsrc", name)
    version = re.search(r"^Version: (\S+)", described, re.MULTILINE)
    try:
        _run(*apt, "source", "--download-only", name, cwd=into)
    except Unusable:
        _binaries(described, into)
    archives = [file for file in sorted(into.iterdir()) if re.search(r"\.tar(\.\w+)?$", file.name)]
    copyright_text = _read(_debian(archives), re.compile(r"(^|/)(debian|usr/share/doc/[^/]+)/copyright$"))
    return Fetched(version[1] if version else "", licence_of(copyright_text, "*"), archives)


def _binaries(described: str, into: Path) -> None:
    """Fetch and unpack, to plain .tar, what holds headers or the sources of a language that is not compiled."""
    binary = re.search(r"^Binary:((?:.|\n[ \t])+)", described, re.MULTILINE)
    names = [
        one
        for one in re.split(r"[\s,]+", binary[1] if binary else "")
        if _WITH_SOURCES.search(one) and "-sys-" not in one
    ]
    if not names:
        raise Unusable("no archive")
    _run("apt-get", "download", *names[:MAX_BINARIES], cwd=into)
    for package in list(into.glob("*.deb")):
        with package.with_suffix(".tar").open("wb") as tar:
            subprocess.run(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=tar, check=True, timeout=TIMEOUT_S)
        package.unlink()


def _debian(archives: list[Path]) -> Path:
    return next((one for one in archives if ".debian.tar" in one.name), archives[0])


def stanzas(copyright_text: str) -> Iterator[tuple[list[str], str]]:
    """The patterns of files and the licence of each stanza of a machine-readable copyright file."""
    for stanza in re.split(r"\n\s*\n", copyright_text):
        files = re.search(r"^Files:((?:.|\n[ \t])+)", stanza, re.MULTILINE)
        licence = re.search(r"^License:[ \t]*(.+)", stanza, re.MULTILINE)
        if files and licence:
            yield re.split(r"[\s,]+", files[1].strip()), licence[1].strip()


def licence_of(copyright_text: str, pattern: str) -> str:
    """The licence of the stanza with this very pattern; empty if there is none."""
    return next((licence for patterns, licence in stanzas(copyright_text) if pattern in patterns), "")


def prepare_debian(work: Path) -> None:
    """Lists of Debian's source packages below `work`, beside the machine's own. Needs no root."""
    sources = work / "sources.sources"
    own = Path("/etc/apt/sources.list.d/debian.sources").read_text()
    sources.write_text(re.sub(r"^Types:.*$", "Types: deb-src", own, flags=re.MULTILINE))
    for folder in ("lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    _run("apt-get", *_apt_options(work), "update")


def _apt_options(work: Path) -> list[str]:
    settings = {
        "Dir::Etc::sourcelist": work / "sources.sources",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": work / "lists",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
    }
    return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]


def _read(archive: Path, wanted: re.Pattern[str]) -> str:
    """The first member whose path matches. Errors: Unusable."""
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as held:
            name = next((one for one in held.namelist() if wanted.search(one)), None)
            if name:
                return held.read(name).decode(errors="replace")
    else:
        with tarfile.open(archive) as held_tar:
            for member in held_tar:
                data = held_tar.extractfile(member) if wanted.search(member.name) and member.isfile() else None
                if data:
                    return data.read().decode(errors="replace")
    raise Unusable(f"no {wanted.pattern} in {archive.name}")


FROM: Final[dict[str, Callable[[str, Path], Fetched]]] = {"pypi": from_pypi, "npm": from_npm, "debian": from_debian}
