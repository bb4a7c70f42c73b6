"""Fetch the packages of packages.txt whose licences are permissive: `python -m tools.semantic.fetch WORK`.

Keeps archives in WORK/archives, and writes packages.tsv beside this file: registry, package, version, the licence that
it states, and "used" or why it is not. Held-out packages are refused (heldout.py). Goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.semantic import heldout
from tools.semantic.licences import is_permissive
from tools.semantic.registries import FROM, Unusable, prepare_debian

HERE = Path(__file__).parent
AT_ONCE = 8


def main() -> None:
    """Fetch, judge, record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    work = parser.parse_args().work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    if not (work / "lists").exists():
        prepare_debian(work)
    wanted = [line.split() for line in (HERE / "packages.txt").read_text().splitlines() if line[:1] not in ("#", "")]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rows = sorted(pool.map(lambda one: _row(work, *one), wanted))
    lines = ["\t".join(("registry", "package", "version", "licence", "verdict")), *("\t".join(row) for row in rows)]
    (HERE / "packages.tsv").write_text("\n".join(lines) + "\n")
    print(f"{sum(row[-1] == 'used' for row in rows)} of {len(rows)} packages are used")


def _row(work: Path, registry: str, name: str) -> tuple[str, str, str, str, str]:
    """What the record says of a package; it is fetched unless it was judged before."""
    folder = work / "archives" / f"{registry}+{name.replace('/', '+')}"
    judged = folder / "judged.json"
    if not judged.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        judged.write_text(json.dumps(_judge(registry, name, folder)))
    version, licence, verdict = json.loads(judged.read_text())
    return registry, name, version, licence, verdict


def _judge(registry: str, name: str, folder: Path) -> tuple[str, str, str]:
    """Version, licence and verdict; the archives stay only where they are used."""
    if heldout.is_held_out(registry, name):
        return "", "", "held out"
    try:
        fetched = FROM[registry](name, folder)
    except (Unusable, OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        for file in folder.iterdir():
            file.unlink()
        return "", "", "not to be had: " + " ".join(str(error).split())[:80]
    licence = " ".join(fetched.licence.split())
    if is_permissive(licence):
        return fetched.version, licence, "used"
    for file in folder.iterdir():
        file.unlink()
    return fetched.version, licence, "licence not known to be permissive"


if __name__ == "__main__":
    main()
