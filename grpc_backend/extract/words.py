"""How a source text falls into words and the gaps between them, and what a gap tells of its neighbours.

Creating a syntax node for every identifier costs more than half a parse, so references are
found in the text: a language states what is no code (comments, strings, numbers), the rest
is words. What stands directly before and after a word tells how it is used; `Gaps` keeps what
was found out of each gap, since the same few gaps make up most of any source.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# A dot links names to a chain, which is one word here; so do the signs that stand for a language's
# other links (`Rules.links`).
WORD: Final = r"A-Za-z0-9_.\x01-\x03\x80-\xff"

# What a gap says of the word before it…
CALLED: Final = 1  # `name(`
ASSIGNED: Final = 2  # `name =`, `name += `
ANNOTATED: Final = 4  # `name:`
SPANNING: Final = 4096  # nothing that ends a type or a list of bases: `name[`, `name |`, `name,`
# …and of the word after it.
DECORATING: Final = 16  # `@name`
STATEMENT: Final = 32  # name starts a statement
TYPED: Final = 64  # `: name`, `-> name`
BOUND: Final = 128  # `for name`, `as name`: a name that is given here
CREATED: Final = 256  # `new name`
DERIVED: Final = 512  # `extends name`
IMPORTED: Final = 1024  # `import name`

# A word in `keywords` with this is a prefix of the string after it, which may hold code.
EMBEDDING: Final = 8192
# A word in `keywords` with this is one only where `Rules.is_keyword` says so.
SOFT: Final = 16384

# What holds on to the next name of a list.
ALONG_LIST: Final = TYPED | DERIVED | IMPORTED
_DIGITS: Final = "0123456789"
# What follows the first character of a comment or string, for `splitter`.
LINE_COMMENT: Final = r"[^\n]*+"
C_COMMENT: Final = r"(?:/[^\n\\]*+(?:\\.[^\n\\]*+)*+|\*(?:[^*]++|\*(?!/))*+(?:\*/)?)?+"
DOUBLE_QUOTED: Final = r'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?+'
SINGLE_QUOTED: Final = r"[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?+"


# How a character goes on, for `Splitter.classes`.
IN_WORD: Final = 1
IN_GAP: Final = 2
BEGINS_GAP: Final = 4
ENDS_GAP: Final = 8


class Splitter(NamedTuple):
    """What cuts a text into word, gap, word, gap, … (`pattern.split`).

    Most of it can be told by characters alone. `classes` has flags for each of the 256: it goes on a word, it goes on a
    gap, it begins a gap, it ends one. Where a gap does not begin or end so, only `pattern` tells.
    """

    pattern: re.Pattern[str]
    classes: bytes


def classes(word: str, asked: str = "", endings: str = "") -> bytes:
    """For `Splitter`: `word` as in a set of `re`; what follows in a gap on one of `asked`, only the pattern tells."""
    is_word = re.compile(f"[{word}]").match
    found = bytearray(256)
    for code in range(256):
        character = chr(code)
        if is_word(character):
            found[code] = IN_WORD if character in asked else IN_WORD | ENDS_GAP
        elif character not in asked:
            found[code] = IN_GAP if character in endings else IN_GAP | BEGINS_GAP
    return bytes(found)


def splitter(
    skipped: dict[str, str],
    letters: str = "",
    number: str = r"[0-9a-zA-Z_]*+(?:\.[0-9][0-9a-zA-Z_]*+)?+",
    endings: str = "",
) -> Splitter:
    """Make what cuts a text into word, gap, word, gap, … (`re.Pattern.split`).

    `skipped` maps the first character of what is no code to a pattern for the rest of it, which
    must match (if need be, nothing). `letters` are further characters that words consist of, `number`
    is the rest of a number, `endings` are signs that a word may end with (`valid?`, `save!`). Possessive
    repeats keep it linear; a gap begins with any one character that is no word's, so that the scanner can
    skip words at full speed.
    """
    word = WORD + letters
    firsts = "".join(map(re.escape, skipped))
    after = "".join(f"|(?<={re.escape(first)})(?:{rest})" for first, rest in skipped.items())
    inside = "".join(f"|{re.escape(first)}(?:{rest})" for first, rest in skipped.items())
    digits = "[0-9]" + number
    whole = rf"(?:(?<![{word}][{endings}])|(?==[^=~>]))" if endings else ""
    # The loop's last round is what a search pays for: it is entered only where something is to be skipped.
    plain, more = rf"[^{word}{firsts}]*+", rf"(?=[0-9{firsts}])(?:{inside[1:]}|{digits})"
    gap = rf"[^{word}]{whole}(?:(?<![{firsts}]){after}){plain}(?:{more}{plain})*+"
    return Splitter(re.compile(f"({gap})", re.DOTALL), classes(word, _DIGITS + "".join(skipped), endings))
