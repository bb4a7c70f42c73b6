"""What the first sentence of a documentation says, as a person would ask it; and which sentences say something."""

from __future__ import annotations

import re
from typing import Final

MIN_WORDS: Final = 3
MAX_WORDS: Final = 40
# A role or an inline tag keeps what it is about: :class:`~a.B`, {@link a.B}, <code>x</code>, `x`, [x][y], [`x`](y).
_MARKUP: Final = (
    (re.compile(r":[a-z:]+:`~?!?([^`<]*?)(?:\s*<[^>]*>)?`"), r"\1"),
    (re.compile(r"\{@(?:link|linkplain|code|literal|linkcode)\s+(?:[^|}]*\|)?([^}]*)\}"), r"\1"),
    (re.compile(r"<(?:see|paramref|typeparamref|seealso)\s+\w+=\"(?:[A-Z]:)?([^\"]*)\"\s*/?>"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>]{0,80}>"), " "),
    (re.compile(r"!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?"), r"\1"),
    (re.compile(r"[@\\](?:brief|short|c|p|a|e|ref|em|class|details|return|returns|summary|desc|description)\b"), " "),
    (re.compile(r"https?://\S+"), " "),
    (re.compile(r"&[a-z]+;|[`*]{1,2}|\|\|?"), " "),
)
_BETWEEN: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n\s*\n|\n\s*(?=[@:*\-]|Args|Parameters|Returns|Raises)")
# So many sentences after the first are looked at for one more question.
LOOKED_AT: Final = 3
_NOT_A_SENTENCE: Final = re.compile(
    r"copyright|licen[sc]e|all rights reserved|eslint|pylint|noqa|clang-format|@ts-|istanbul|inheritdoc|auto-?generated"
    r"|do not edit|[=\-*#_]{4,}|;\s*$|\{\s*$"
    r"|^\W*(todo|fixme|xxx|hack|deprecated|see also|see|nolint|nodoc|@|example|usage|args|param|parameters|notes?)\b",
    re.IGNORECASE,
)


def question(sentence: str) -> str:
    """The sentence without its markup; empty if it says too little, too much, or is none."""
    if _NOT_A_SENTENCE.search(sentence):
        return ""
    for pattern, instead in _MARKUP:
        sentence = pattern.sub(instead, sentence)
    folded = " ".join(sentence.split()).strip(" .:;,-\u2013\u2014!>/\"'")
    count = len(re.findall(r"[A-Za-z]{2,}", folded))
    letters = sum(one.isascii() and (one.isalnum() or one.isspace()) for one in folded)
    if not MIN_WORDS <= count <= MAX_WORDS or letters < 0.8 * len(folded):
        return ""
    return folded


def next_question(rest: str) -> str:
    """The first of the next sentences of a documentation that says something; empty if there is none."""
    found = (question(one) for one in _BETWEEN.split(rest.lstrip(" .\n"), LOOKED_AT)[:LOOKED_AT])
    return next((one for one in found if one), "")


def key(question_text: str) -> str:
    """What two sentences have in common that differ in case and signs only."""
    return " ".join(re.findall(r"[a-z0-9]+", question_text.lower()))
