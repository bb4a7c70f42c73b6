"""What the grammars of JavaScript and TypeScript do not know, made into something as long that they know."""

from __future__ import annotations

import re
from typing import Final

_VARIANCE: Final = re.compile(rb"([<,]\s*+)(in[ \t]+out|out|in)(?=\s+[A-Za-z_$][\w$]*+\s*+(?:[,>=]|extends\b))")
_TAG_TYPES: Final = re.compile(rb"(?<=[\w$])<[^<>`()]*+>(?=`)")
_CALL_SIGNATURE: Final = re.compile(rb"\n(?=(?:\s++|//[^\n]*+|/\*(?:[^*]++|\*(?!/))*+\*/)*+<[A-Za-z_$\n])")
_ESCAPE: Final = re.compile(rb"\\[\\`]")
_IMPORT_TYPE: Final = re.compile(rb"""\bimport\((["'])[^"'\n]*+\1\)(?=\.)""")
_SIGNATURE_END: Final = re.compile(rb"(?:[\w)\]}]|(?<!=)>)\Z")
_IN_AS_NAME: Final = re.compile(rb"(?<=[{;,\n])([ \t\n]*)\bin(?=\??:)")
# A member access without a member, before a line that begins a declaration: `x = value.`
_HALF_TYPED: Final = re.compile(
    rb"\.(?=[ \t\r]*+\n\s*+(?:export|import|interface|class|function|const|let|var|type|enum|abstract|declare|async)"
    rb"\s++[\w${*\[])"
)


def mended(content: bytes, is_tsx: bool) -> bytes:
    """What the grammar does not know, replaced by something as long that it knows.

    That is `<in out T>`; `in` as a name; types of a template's tag; escapes in a template's type; types out of
    `import("a")`; a call signature with type parameters after a line without a semicolon (but in TSX that may
    be an element).
    """
    if b" in" in content or b"out " in content or b"<in" in content:
        content = _VARIANCE.sub(lambda match: match[1] + b" " * len(match[2]), _IN_AS_NAME.sub(rb"\1iN", content))
    if b">`" in content:
        content = _TAG_TYPES.sub(lambda match: b" " * len(match[0]), content)
    if b"\\`" in content:
        content = _ESCAPE.sub(lambda match: match[0].replace(b"\\`", b"xx"), content)
    if b"import(" in content:
        content = _IMPORT_TYPE.sub(lambda match: b"i" * len(match[0]), content)
    return content if is_tsx else _CALL_SIGNATURE.sub(_ended, content)


def _ended(match: re.Match[bytes]) -> bytes:
    """A semicolon in place of a line's end, if the line is no comment and ends like a signature."""
    content, end = match.string, match.start()
    line = content[content.rfind(b"\n", 0, end) + 1 : end].rstrip()
    return b";" if _SIGNATURE_END.search(line[-2:]) and b"//" not in line else b"\n"


def without_half_typed_members(source: bytes) -> bytes:
    """A semicolon for each dot that a declaration follows."""
    return _HALF_TYPED.sub(b";", source)
