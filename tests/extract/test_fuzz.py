"""Random bytes and mangled sources through every extractor: no exception, no hang, nothing said that is not so."""

from __future__ import annotations

import os
import random
import resource
import time

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
SEED = int(os.environ.get("CODEINDEX_FUZZ_SEED", "1"))
MOST_GROWTH_MB = 200

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

KINDS = ("delete", "double", "splice", "piece", "cut")
positions = st.floats(0, 1)
changes = st.lists(
    st.tuples(st.sampled_from(KINDS), positions, positions, st.integers(0, 10**6)),
    min_size=1,
    max_size=6,
)


def mangled(source: bytes, change: tuple[str, float, float, int]) -> bytes:
    """The source with one thing done to it."""
    kind, *places, number = change
    start, end = sorted(int(place * len(source)) for place in places)
    if kind == "delete":
        return source[:start] + source[end:]
    if kind == "double":
        return source[:end] + source[start:]
    if kind == "cut":
        return source[:end]
    if kind == "piece":
        return source[:start] + PIECES[number % len(PIECES)] + source[start:]
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
        content = mangled(content, step)
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
def test_long():
    """CODEINDEX_FUZZ_S seconds of mangled sources; a failure names seed and round, and leaves the content."""
    chance = random.Random(SEED)
    languages = detect.languages()
    end, rounds, grown_from = time.monotonic() + LONG_S, 0, 0
    while time.monotonic() < end:
        language = languages[rounds % len(languages)]
        content = chance.choice(OWN[language] or [*SOURCES.values()]) * chance.choice((1, 1, 1, 5))
        for _ in range(chance.randint(1, 12)):
            kind = chance.choice(KINDS)
            content = mangled(content[:100_000], (kind, chance.random(), chance.random(), chance.randrange(10**6)))
        try:
            checked(language, content)
        except BaseException:
            print(f"seed {SEED}, round {rounds}, {language}: {content!r}")
            raise
        rounds += 1
        if rounds == 50 * len(languages):  # all is loaded and warm
            grown_from = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{rounds} rounds, {len(languages)} languages")
    if grown_from:
        assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown_from) / 1024 < MOST_GROWTH_MB
