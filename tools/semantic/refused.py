"""The sentences that training must not see: `python -m tools.semantic.refused WORK [--suite DIR]`.

Fetches the held-out corpora themselves (for nothing else), reads the first sentences of their documentation, adds
the questions of a suite, and writes WORK/refused.txt: a number a sentence (crc32 of its words). Then tells how many
of the pairs at hand are refused by it, and that no package at hand is one of those held out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

from tools.semantic.heldout import common_crates, is_held_out
from tools.semantic.pairs import Pair, pairs
from tools.semantic.registries import from_npm, from_pypi
from tools.semantic.sentences import key

CORPORA: Final = {
    "pypi": ("Django", "scipy", "networkx", "SQLAlchemy", "celery"),
    "npm": ("three", "effect", "rxjs", "date-fns", "lodash"),
    "debian": ("libpython3.11-stdlib", "golang-1.19-src", "rust-src", "openjdk-17-source"),
}
CRATES: Final = 100
_pair: Final = msgspec.json.Decoder(Pair)


def main() -> None:
    """Fetch, read, write, check."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--suite", type=Path, help="a folder with CORPUS/nl_queries.jsonl")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    found = set(_questions(arguments.suite))
    for folder in _folders(work / "heldout"):
        found.update(_sentences(folder))
        print(f"{folder.name}: {len(found)} sentences so far", flush=True)
    (work / "refused.txt").write_text("\n".join(map(str, sorted(found))) + "\n")
    _check(work, found)


def _questions(suite: Path | None) -> Iterator[int]:
    for file in sorted(suite.glob("*/nl_queries.jsonl")) if suite else ():
        yield from (_number(json.loads(line)["query"]) for line in file.read_text().splitlines())


def _number(sentence: str) -> int:
    return crc32(key(sentence).encode())


def _folders(into: Path) -> Iterator[Path]:
    """The held-out corpora, each fetched unless it is there."""
    for registry, names in CORPORA.items():
        for name in names:
            folder = into / f"{registry}+{name}"
            if not folder.exists():
                folder.mkdir(parents=True)
                {"pypi": from_pypi, "npm": from_npm, "debian": _from_debian}[registry](name, folder)
            yield folder
    crates = into / "debian+crates"
    if not crates.exists():
        crates.mkdir()
        for crate in sorted(common_crates())[:CRATES]:
            _from_debian(f"lib{crate}-dev", crates)
    yield crates


def _from_debian(name: str, into: Path) -> None:
    """A binary package that holds sources, as plain .tar; the JDK's src.zip on its own. What is gone is passed over."""
    if subprocess.run(["apt-get", "download", name], cwd=into, capture_output=True, check=False).returncode:
        return
    for package in list(into.glob("*.deb")):
        tar = package.with_suffix(".tar")
        with tar.open("wb") as target:
            subprocess.run(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=target, check=True)
        package.unlink()
        subprocess.run(
            ["tar", "xf", str(tar), "-C", str(into), "--wildcards", "*/src.zip"], capture_output=True, check=False
        )
    for found in list(into.glob("usr/**/src.zip")):
        found.replace(into / found.name)


def _sentences(folder: Path) -> set[int]:
    """The numbers of a corpus's first sentences; kept beside it."""
    kept = folder.with_suffix(".sentences")
    if not kept.exists():
        archives = sorted(file for file in folder.iterdir() if file.is_file() and file.suffix not in (".asc", ".dsc"))
        kept.write_text(" ".join(str(_number(one.question)) for one in pairs(archives, 1_000_000)))
    return set(map(int, kept.read_text().split()))


def _check(work: Path, found: set[int]) -> None:
    files = sorted((work / "pairs").glob("*.jsonl.gz"))
    names = [file.name.removesuffix(".jsonl.gz").split("+", 1) for file in files]
    wrong = [name for registry, name in names if is_held_out(registry, name.replace("+", "/"))]
    if wrong:
        raise SystemExit(f"held out, yet read: {', '.join(wrong)}")
    total = refused = 0
    for file in files:
        with gzip.open(file) as lines:
            for line in lines:
                total += 1
                refused += _number(_pair.decode(line).question) in found
    print(f"{len(files)} packages, none of them held out")
    print(f"{refused} of {total} pairs have a held-out sentence and are left out")


if __name__ == "__main__":
    main()
