"""Drafts to symbols: nesting, qualified names, positions, signatures."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from grpc_backend.extract.docs import first_sentence
from grpc_backend.extract.draft import Draft, Unit, readable
from grpc_backend.extract.rules import SHAPELESS, VALUES, Rules
from grpc_backend.model import Symbol

# Kinds of which one statement may name several.
_TOGETHER: Final = VALUES | {"property", "event", "enum_member"}
SIGNATURE_CHARACTERS: Final = 200
# Nesting beyond this adds nothing to a qualified name: names of machine-made
# towers of definitions would together be quadratic in the file.
QUALIFIED_CHARACTERS: Final = 1000


def build_symbols(unit: Unit, rules: Rules) -> tuple[Symbol, ...]:
    """Refine the drafts and make symbols of those that stay; `unit.drafts` keeps only these (and scopes)."""
    kept: list[Draft] = []
    stack: list[Draft] = []
    count, length = 0, len(unit.text)
    rules.arrange(unit)
    for draft in unit.drafts:
        while stack and _ends_before(stack[-1], draft):
            stack.pop()
        draft.parent = stack[-1] if stack else None
        draft.end = min(draft.end, length)  # what is missing at the end of a file may have a place behind it
        _keep_within(draft)  # what error recovery made too long
        if draft.name and not rules.refine(unit, draft):
            continue
        _keep_within(draft)  # what a rule made too long
        if draft.kind not in SHAPELESS and not (draft.name and draft.start <= draft.name_start <= draft.end):
            continue  # half typed, or torn from its name
        _qualify(draft)
        if draft.kind in SHAPELESS:
            draft.index = draft.parent.index if draft.parent else -1
        else:
            draft.index = count
            count += 1
        kept.append(draft)
        stack.append(draft)
    unit.drafts = kept
    rules.finish(unit, kept)
    ordinals: dict[str, int] = {}
    return tuple([_symbol(unit, rules, draft, ordinals) for draft in kept if draft.kind not in SHAPELESS])


def _ends_before(outer: Draft, draft: Draft) -> bool:
    """Whether `draft` is not inside `outer`. Names given in one statement are siblings."""
    if outer.end <= draft.start or outer.end < draft.name_end:
        return True
    return outer.kind in _TOGETHER and outer.node == draft.node


def _keep_within(draft: Draft) -> None:
    if draft.parent is not None:
        draft.start = max(draft.start, draft.parent.start)
        draft.end = min(draft.end, draft.parent.end)


def _qualify(draft: Draft) -> None:
    """Qualify a name with what is around it. A function without a name adds nothing."""
    qualified = f"{draft.prefix}.{draft.name}" if draft.prefix else draft.name
    outer = draft.parent
    if outer is not None:
        around = outer.qualified if len(outer.qualified) <= QUALIFIED_CHARACTERS else outer.around or outer.qualified
        draft.around = around
        if around:
            qualified = f"{around}.{qualified}" if qualified else around
    draft.qualified = qualified


def _symbol(unit: Unit, rules: Rules, draft: Draft, ordinals: dict[str, int]) -> Symbol:
    starts = unit.lines.starts
    qualified = draft.qualified
    ordinals[qualified] = ordinal = ordinals.get(qualified, 0) + 1
    line = bisect_right(starts, draft.name_start)
    first = line if draft.start >= starts[line - 1] else bisect_right(starts, draft.start)
    last = bisect_right(starts, draft.end)
    doc = first_sentence(draft.doc) if draft.doc else ""
    return Symbol(
        draft.name,
        qualified,
        draft.kind,
        line,
        draft.name_start - starts[line - 1],
        first,
        draft.start - starts[first - 1],
        last,
        draft.end - starts[last - 1],
        draft.signature or signature(unit, rules, draft),
        doc,
        draft.parent.index if draft.parent is not None else -1,
        ordinal,
        tuple(draft.modifiers),
        tuple(draft.decorators),
        tuple(draft.bases),
        draft.alias_of,
        draft.doc if draft.doc != doc else "",
    )


def signature(unit: Unit, rules: Rules, draft: Draft) -> str:
    """A definition up to its body as written, whitespace folded, long ones cut with `…`."""
    end = min(draft.body, draft.head + 4 * SIGNATURE_CHARACTERS)
    return shown(readable(unit.text[draft.head : end]), rules.signature_tail)


def shown(header: str, tail: str) -> str:
    """A header as a signature shows it; what it ends with of `tail` is left out."""
    folded = _folded(header).rstrip(tail)
    return folded if len(folded) <= SIGNATURE_CHARACTERS else folded[: SIGNATURE_CHARACTERS - 1] + "…"


def _folded(text: str) -> str:
    """A text on one line: single blanks for all white space, none of it where a bracket's lines were broken.

    Most need nothing: no white space but a blank is printable.
    """
    if text.isprintable() and "  " not in text:
        return text.strip()
    if "\n" in text:
        text = _joined([line for line in map(str.strip, text.split("\n")) if line])
    return " ".join(text.split())


def _joined(lines: list[str]) -> str:
    """Lines as one: `def f(⏎    a,⏎)` is `def f(a)`."""
    joined = ""
    for line in lines:
        if line[0] in ")]" and joined:
            joined = joined.removesuffix(",") + line
        elif joined.endswith(("(", "[")):
            joined += line
        else:
            joined += " " + line
    return joined
