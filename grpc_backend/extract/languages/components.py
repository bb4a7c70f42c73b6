"""How the components of Vue and Svelte are read: a page whose markup has code of the component's script in it.

Scripts and styles are handed to their languages; what the markup uses are references. The component itself is
no symbol: it has no name but its file's.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from grpc_backend.extract.draft import Unit
from grpc_backend.extract.languages.ecmascript import EcmaScript
from grpc_backend.extract.languages.html import LINE, Markup, attribute_pattern, tag_pattern
from grpc_backend.model import Role

# What stands in braces, with strings and three levels of braces inside.
_STRING: Final = r"\"[^\"\n]*+\"?|'[^'\n]*+'?|`[^`]*+`?"
_PLAIN: Final = rf"[^{{}}\"'`\n]|{LINE}|{_STRING}"
_BRACED: Final = r"\{(?:P|\{(?:P|\{(?:P|\{(?:P)*+\}?)*+\}?)*+\}?)*+\}?".replace("P", _PLAIN)
_MUSTACHE: Final = rf"\{{\{{(?:[^}}<\n]|\}}(?!\}})|<(?![/a-zA-Z])|{LINE})*+(?:\}}\}})?"
_CODE_ATTRIBUTE: Final = re.compile(r"(?::|@|v-)(?!slot|pre\b|cloak\b|once\b|else$)")
_LOOP: Final = re.compile(r".*?\s(?:in|of)\s", re.DOTALL)
_BLOCK: Final = re.compile(r"\{\s*+(?:[#:@/][\w]*+(?:\s+(?:if|then|catch)\b)?)?")
_BINDING: Final = re.compile(r"\s(?:as|then|catch)\s(?!.*\s(?:as|then|catch)\s)", re.DOTALL)
_PLAIN_BINDING: Final = re.compile(r"\{:(?:then|catch)\b|\{#snippet\b|\{/")


class Component(Markup):
    """A component of either."""

    has_custom_elements = False
    keywords: ClassVar = {**EcmaScript.keywords, "$event": 0}

    def note_tag(self, unit: Unit, name: str, start: int) -> None:
        if name[0].isupper():
            end = start + len(name)
            unit.holes.append((start, end))
            unit.role_at[end - len(name.rpartition(".")[2])] = Role.CALL


class Vue(Component):
    """Vue."""

    tags = tag_pattern(_MUSTACHE)
    attributes = attribute_pattern(_MUSTACHE)

    def has_code(self, attributes: str) -> bool:
        return "=" in attributes and (":" in attributes or "@" in attributes or "v-" in attributes)

    def note_attribute(self, unit: Unit, name: str, start: int, end: int) -> None:
        if not _CODE_ATTRIBUTE.match(name):
            return
        if name == "v-for" and (loop := _LOOP.match(unit.text, start, end)):
            start = loop.end()
        self.note_code(unit, start, end)

    def note_text(self, unit: Unit, start: int, end: int) -> None:
        self.note_code(unit, start + 2, end)

    def is_raw(self, tag: str, attributes: dict[str, str]) -> bool:
        return tag == "textarea" or (tag == "template" and attributes.get("lang", "html") != "html")


class Svelte(Component):
    """Svelte."""

    tags = tag_pattern(_BRACED)
    attributes = attribute_pattern(_BRACED)

    def has_code(self, attributes: str) -> bool:
        return "{" in attributes

    def note_attribute(self, unit: Unit, name: str, start: int, end: int) -> None:
        for match in _BRACES.finditer(unit.text, start, end):
            self.note_text(unit, *match.span())

    def note_text(self, unit: Unit, start: int, end: int) -> None:
        if _PLAIN_BINDING.match(unit.text, start, end):
            return
        opening = _BLOCK.match(unit.text, start, end)
        first = opening.end() if opening else start + 1
        binding = _BINDING.search(unit.text, first, end) if unit.text.startswith(("{#each", "{#await"), start) else None
        self.note_code(unit, first, binding.start() if binding else end)


_BRACES: Final = re.compile(_BRACED)

RULES: Final = {"vue": Vue(), "svelte": Svelte()}
