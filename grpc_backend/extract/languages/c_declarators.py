"""Names in C and C++ declarators: `*x[3]`, `(*f)(int)`, `ns::C<T>::operator==(const C&)`."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from grpc_backend.extract.languages.c_text import NULLABILITY

_WORD: Final = r"[A-Za-z_$\x80-\xff][\w$\x80-\xff]*+"
_ARGUMENTS: Final = r"<(?:[^<>;{}]|<(?:[^<>;{}]|<(?:[^<>;{}]|<[^<>;{}]*+>)*+>)*+>)*+>"
_SYMBOL: Final = (
    r"operator\b\s*+(?:\(\s*+\)|\[\s*+\]|(?:new|delete)\b(?:\s*+\[\s*+\])?+|co_await\b|\"\"\s*+\w++"
    r"|->\*?+|<=>|[-+*/%^&|~!=<>,]++|(?:[^()\"<]|\(\s*+\*\s*+\)|" + _ARGUMENTS + r")++)"
)
# What stands before a name: pointers, brackets, qualifiers, attributes, conventions, classes of member pointers.
_LEAD: Final = (
    rf"(?:[\s*&(^]++|\[\[[^\]]*+\]\]|(?:const|volatile|restrict|noexcept|__\w++)\b(?!\s*+(?:[(\[;=,)<:]|\w++\s*+\(\()|$)"
    r"|\w++\([ \t]*+\d++(?:,[ \t]*+\d++)*+\)(?=\s++[A-Za-z_*])"
    rf"|(?!operator\b){_WORD}(?=\s*+\*)|(?:[A-Z_][A-Z0-9_]*+|__\w++|{'|'.join(NULLABILITY)})(?=\s++\w(?!\w*+\s*+\(\())|(?:{_WORD}(?:{_ARGUMENTS})?+::)++(?=\s*+\*))*+"
)
_DECLARATOR: Final = re.compile(
    rf"({_LEAD})((?:::)?(?:(?:template\s++)?(?!operator\b){_WORD}\s*+(?:{_ARGUMENTS})?+\s*+::\s*+)*+)({_SYMBOL}|~?\s*+{_WORD})"
    rf"\s*+(?:{_ARGUMENTS})?+"
    r"\s*+(?:(?!__attribute)[A-Z_]\w*+\s*+(?=\(\s*+\())?+(.?)",
    re.DOTALL,
)
# A name in brackets, so that a macro of that name is none: `int(max)()`.
_PROTECTED: Final = re.compile(r"\(\s*+([A-Za-z_]\w*+)\s*+\)\s*+\(")
_BRACKETED: Final = re.compile(_ARGUMENTS)
# What the grammar takes for a type before the name: `inline C::operator bool() const`.
_CONVERSION: Final = re.compile(rf"(?:{_WORD}(?:{_ARGUMENTS})?+::)*operator\s*\Z")
_CONVERSION_CHARACTERS: Final = 200


class Declared(NamedTuple):
    """The name in a declarator: where it stands, what qualifies it ("ns.Class"), whether it names a function."""

    start: int
    end: int
    name: str
    prefix: str
    is_function: bool


def declared(text: str, start: int, end: int) -> Declared | None:
    """Find the name in the declarator that stands there."""
    if text[max(0, start - len("operator ")) : start].strip().endswith("operator"):
        first = max(0, start - _CONVERSION_CHARACTERS)
        if conversion := _CONVERSION.search(text[first:start]):
            start = first + conversion.start()
    found = _DECLARATOR.match(text, start, end)
    if found is None:
        return None
    lead, qualifiers, name, following = found.groups()
    if following == "(" and (inner := _PROTECTED.match(text, found.start(4), end)):
        return Declared(*inner.span(1), inner[1], "", is_function=True)
    prefix = ".".join(_BRACKETED.sub("", qualifiers).replace("template ", "").replace("::", " ").split())
    first, last = found.span(3)
    last -= len(name) - len(name.rstrip())
    is_function = following == "(" or (following == ")" and "(" in lead and "*" not in lead and "^" not in lead)
    return Declared(first, last, _plain(name), prefix, is_function)


def _plain(name: str) -> str:
    """A name without the blanks that mean nothing: `operator ==`, `~ C`."""
    if not name.startswith("operator"):
        return name.replace(" ", "")
    words = name[len("operator") :].split()
    if not words:
        return name
    if words[0] == '""':  # a literal's suffix
        return "operator" + "".join(words)
    return ("operator " if words[0][0].isalpha() or words[0][0] in "_:" else "operator") + " ".join(words)
