"""Random bytes and mangled sources through every extractor: no exception, no hang, nothing said that is not so."""

from __future__ import annotations

import faulthandler
import os
import random
import re
import resource
import time
import traceback
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grpc_backend.extract import detect
from tests.extract.invariants import checked
from tests.golden.case import FOLDER, cases, source_of

SHORT = settings(
    max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
# The long form: so many seconds over all languages, from this seed.
LONG_S = float(os.environ.get("CODEINDEX_FUZZ_S", "120"))
SHARE_S = LONG_S / len(detect.languages())
SEED = int(os.environ.get("CODEINDEX_FUZZ_SEED", "1"))
MOST_GROWTH_MB = 50
# After so much of a language's share of the time all is loaded and warm.
WARM = 0.25
HANG_S = 120
# So many of the sources are a piece of that size: most that goes wrong does so in a few lines, soon read.
SMALL, SMALL_BYTES = 0.8, 600

SOURCES = {path: source_of(path).encode() for path in cases()}
OWN = {language: [SOURCES[path] for path in SOURCES if path.parent.name == language] for language in detect.languages()}
# What is apt to disturb a parser or a scanner of words.
PIECES = [
    b"\0", b"\r", b"\r\n", b"\n", b"\t", b"\\", b'"', b"'", b"`", b'"""', b"/*", b"*/", b"//", b"#", b"<!--", b"{",
    b"}", b"(", b")", b"[", b"]", b"<", b">", b"${", b"#{", b"\xff", b"\xc3", b"\xe2\x80\xa8", "é".encode(),
    "\U0001d4b3".encode(),
    b"\xef\xbb\xbf", b";", b",", b".", b"..", b"?.", b"::", b"->", b"=", b"=>", b":", b"@", b"$", b"0x", b"1e", b"\x01",
    b"\x02.", b"class ", b"def ", b"function ", b"{{", b"}}", b"f'{", b"\\N{",
]  # fmt: skip

# The words and signs of each language's own sources.
TOKENS = {
    language: sorted({token for source in sources for token in re.findall(rb"\w+|[^\w\s]+|\s+", source)}) or PIECES
    for language, sources in OWN.items()
}

KINDS = ("delete", "double", "splice", "piece", "token", "cut")
positions = st.floats(0, 1)
changes = st.lists(
    st.tuples(st.sampled_from(KINDS), positions, positions, st.integers(0, 10**6)),
    min_size=1,
    max_size=6,
)


def mangled(language: str, source: bytes, change: tuple[str, float, float, int]) -> bytes:
    """The source, of that language, with one thing done to it."""
    kind, *places, number = change
    start, end = sorted(int(place * len(source)) for place in places)
    if kind == "delete":
        return source[:start] + source[end:]
    if kind == "double":
        return source[:end] + source[start:]
    if kind == "cut":
        return source[:end]
    if kind in ("piece", "token"):
        pieces = PIECES if kind == "piece" else TOKENS[language]
        return source[:start] + pieces[number % len(pieces)] + source[start:]
    other = [*SOURCES.values()][number % len(SOURCES)]
    return source[:start] + other[number % len(other) :][:200] + source[start:]


@pytest.mark.parametrize("language", detect.languages())
@SHORT
@given(st.binary(max_size=500) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_random_bytes(language, content):
    checked(language, content)


@pytest.mark.parametrize("language", detect.languages())
@SHORT
@given(st.data(), changes)
def test_mangled_sources(language, data, steps):
    content = data.draw(st.sampled_from(OWN[language] or [*SOURCES.values()]))
    for step in steps:
        content = mangled(language, content, step)
    checked(language, content)


@pytest.mark.parametrize("language", detect.languages())
def test_sources_as_they_are_and_cut_short(language):
    for source in OWN[language]:
        checked(language, source)
        checked(language, source.replace(b"\n", b"\r\n"))
        for end in range(0, len(source), max(1, len(source) // 8)):
            checked(language, source[:end])
    checked(language, b"")


def test_every_language_has_sources():
    assert {path.parent.name for path in SOURCES} >= {*detect.languages()}, f"cases are missing in {FOLDER}"


@pytest.mark.slow
@pytest.mark.parametrize("language", detect.languages())
def test_long(language, tmp_path):
    """This language's share of CODEINDEX_FUZZ_S seconds: all distinct failures, and whether memory grows.

    A grammar that crashes or hangs ends the whole run; what did it is left in the temporary folder, as `content`.
    """
    failures: list[str] = []
    start, number, warm_mb = time.monotonic(), 0, 0.0
    # By grammars that were stopped: tree-sitter never frees what they had of a text (a worker is replaced then).
    left_mb: list[float] = []
    while (spent := time.monotonic() - start) < SHARE_S:
        if not warm_mb and spent > SHARE_S * WARM:
            warm_mb = _resident_mb()
        content = _content_of(language, number)
        (tmp_path / "content").write_bytes(content)
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        before_mb = _resident_mb()
        problem, failure = _outcome(language, content)
        if problem == "timeout" and warm_mb:
            left_mb.append(_resident_mb() - before_mb)
        if failure and failure not in failures:
            failures.append(failure)
            print(f"\nseed {SEED}, round {number}, {language}: {content!r}\n{failure}", flush=True)
        number += 1
    faulthandler.cancel_dump_traceback_later()
    growth = _resident_mb() - (warm_mb or _resident_mb()) - sum(left_mb)
    print(f"{language}: {number} rounds, {growth:+.1f} MB; given up {len(left_mb)}, which left {sum(left_mb):.1f} MB")
    assert not failures
    assert growth < MOST_GROWTH_MB


def _content_of(language: str, number: int) -> bytes:
    """The content of one round: the same for the same seed, language and number."""
    chance = random.Random(f"{SEED} {language} {number}")
    content = chance.choice(OWN[language] or [*SOURCES.values()]) * chance.choice((1, 1, 1, 5))
    if chance.random() < SMALL:
        first = chance.randrange(len(content))
        content = content[first : first + chance.randint(1, SMALL_BYTES)]
    for _ in range(chance.randint(1, 12)):
        kind = chance.choice(KINDS)
        change = kind, chance.random(), chance.random(), chance.randrange(10**6)
        content = mangled(language, content[:100_000], change)
    return content


def _outcome(language: str, content: bytes) -> tuple[str, str]:
    """The extraction's problem; and what went wrong and where, the same for all contents that fail alike."""
    try:
        return checked(language, content).problem, ""
    except Exception as error:
        innermost = traceback.extract_tb(error.__traceback__)[-1]
        return "", f"{type(error).__name__} in {Path(innermost.filename).name}:{innermost.lineno}: {innermost.line}"


def _resident_mb() -> float:
    """What the process has in memory now, and not at its peak."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
