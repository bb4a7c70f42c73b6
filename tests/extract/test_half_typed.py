"""A half-typed line costs at most what it is part of, never what stands around it."""

from __future__ import annotations

import pytest

from tests.extract.invariants import checked

AROUND = {
    "python": ("def before():\n    pass\n\n", "\n\ndef after():\n    pass\n\ndef last():\n    pass\n"),
    "javascript": ("function before() {}\n\n", "\n\nfunction after() {}\n\nfunction last() {}\n"),
    "typescript": ("function before(): void {}\n\n", "\n\nfunction after(): void {}\n\nfunction last(): void {}\n"),
    "tsx": ("function before() { return <a>b</a>; }\n\n", "\n\nfunction after() {}\n\nfunction last() {}\n"),
    "go": ("package p\n\nfunc before() {}\n\n", "\n\nfunc after() {}\n\nfunc last() {}\n"),
}
HALF = {
    "python": [
        "x = a.", "x =", "f(a, ", "def half(", "def half(a: int", "class Half(", "class Half:", "if a", "for x in",
        "return", "x = [1, 2", "x = {'a': ", "print('open", "from a import", "import", "@decorator", "lambda x", "a[",
        "async def half(self,\n    x = a.", "with open(",
    ],
    "javascript": [
        "const x = a.", "let x =", "function half", "import { a", "return a +", "a ? b", "x.y.", "const { a", "'open",
        "export", "new Half", "a =>",
    ],
    "typescript": [
        "const x: a.", "let x: string =", "type Half =", "interface Half", "const x = a as", "import type { a", "a.b.",
        "'open", "export", "abstract",
    ],
    "tsx": ["const x = a.", "let x: string =", "type Half =", "import type { a", "x.y.", "export"],
    "go": ["x := a.", "var x", "var x =", "func half(", "type Half", "import", "x.y.", "const", "func (h *Half)"],
}  # fmt: skip


# What reads on into the definition after it, in good grammar or nearly: that one is lost, and no other.
READS_ON = {
    "python": ["lambda x"],
    "javascript": ["function half"],
    "typescript": ["interface Half", "const x = a as"],
    "go": ["var x", "type Half", "func (h *Half)"],
}


def _names(language: str, line: str) -> set[str]:
    before, after = AROUND[language]
    return {one.name for one in checked(language, (before + line + after).encode()).symbols}


@pytest.mark.parametrize(("language", "line"), [(language, line) for language in HALF for line in HALF[language]])
def test_what_is_around_stays(language, line):
    lost = {"after"} if line in READS_ON.get(language, ()) else set()
    assert {"before", "after", "last"} - _names(language, line) <= lost
