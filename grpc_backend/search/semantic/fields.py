"""The fields of a symbol and the words in each: one definition for the index, the ranking and the training."""

from __future__ import annotations

import re
from typing import Final

from grpc_backend.search.semantic.texts import Text
from grpc_backend.search.semantic.words import name_words, words

# A path belongs to a workspace, not to a content: its words come in when a question is answered.
FIELDS: Final = ("name", "container", "signature", "body", "documentation", "path")
SIGNATURE_WORDS: Final = 40
BODY_WORDS: Final = 100
DOCUMENTATION_WORDS: Final = 120
PATH_WORDS: Final = 12
# What every signature of a language has tells nothing.
_KEYWORDS: Final = frozenset(
    "public private protected internal static final def func function fn fun class struct interface enum trait impl"
    " async await const let var val void self this return export default override abstract virtual inline extern unsafe"
    " mut pub where type template typename noexcept".split()
)
_NAME: Final = re.compile(r"[^\W\d]\w*")
_ENDING: Final = re.compile(r"\.[^./]*$")


def field_words(text: Text, path: str) -> tuple[tuple[str, ...], ...]:
    """The words of each field, in the order of FIELDS."""
    return (
        name_words(text.name),
        name_words(text.container),
        signature_words(text.signature, text.name),
        body_words(text.body),
        words(text.documentation)[:DOCUMENTATION_WORDS],
        path_words(path),
    )


def signature_words(signature: str, name: str) -> tuple[str, ...]:
    """The words of a signature besides the symbol's name and keywords."""
    found = [one for one in _NAME.findall(signature) if one not in _KEYWORDS and one != name]
    return tuple(word for one in found for word in name_words(one))[:SIGNATURE_WORDS]


def body_words(body: list[str]) -> tuple[str, ...]:
    """The distinct words of the names used."""
    return tuple(dict.fromkeys([word for name in body for word in name_words(name)]))[:BODY_WORDS]


def path_words(path: str) -> tuple[str, ...]:
    """The words of a path without its ending, those of the last parts first."""
    parts = reversed(_ENDING.sub("", path).split("/"))
    return tuple(word for part in parts for word in name_words(part))[:PATH_WORDS]
