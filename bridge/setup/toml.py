"""Change a TOML document and keep its comments, order and spacing.

tomlkit does it: it is what keeps a document's style. It is imported only where a client has TOML.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any


class Malformed(ValueError):
    """The text is no TOML, or something that is no table stands where one is needed."""


def merge(text: str, wanted: dict[str, Any]) -> str:
    """The text with `wanted` in it: tables are gone into, all else is replaced; nothing is removed.

    Returns `text` itself where all of it is there already. Errors: Malformed.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        if not _put(document, wanted):
            return text
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise Malformed(str(error)) from None


def _put(table: MutableMapping[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether anything had to be changed."""
    import tomlkit
    from tomlkit.items import InlineTable

    changed = False
    for key, value in wanted.items():
        if not isinstance(value, dict) or (key not in table and isinstance(table, InlineTable)):
            changed |= _set(table, key, value)
            continue
        if key not in table:
            # A table of tables only needs no header of its own: [mcp_servers.codeindex] says it all.
            table[key] = tomlkit.table(is_super_table=all(isinstance(one, dict) for one in value.values()))
        inner = table[key]
        if not isinstance(inner, MutableMapping):
            raise Malformed(f"{key!r} is no table")
        changed |= _put(inner, value)
    return changed


def _set(table: MutableMapping[str, Any], key: str, value: Any) -> bool:
    if key in table and table[key] == value:
        return False
    table[key] = value
    return True
