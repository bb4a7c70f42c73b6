"""What people type when they mean a name: queries made from real symbols, by class, the same at every run.

A target is a distinct name, drawn with the square root of its occurrences as its weight: the files that use it and
those that define it. So both the names everybody uses and those that hardly anybody does are asked for. There are two
drawings:

- `used` leaves out the names that are used nowhere: what nobody refers to is hardly ever looked for. Two thirds of the
  Linux kernel's names are such, most of them in register tables that a program wrote;
- `every` draws from all names.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

from grpc_backend.storage.names import fold, words_of

SEED = 20_261_126
DRAWINGS = ("used", "every")
# Parts of names are shared by many: no bar is set for them.
WITHOUT_BAR = frozenset({"substring"})
MIN_PREFIX, MIN_SUBSTRING, MIN_TYPO = 4, 5, 6
# Of names with so many words humps are typed, at most so many letters of each.
HUMP_WORDS, HUMP_LETTERS = range(2, 6), 3


class Target(NamedTuple):
    """A symbol that is meant, and what encloses it."""

    name: str
    qualified_name: str
    path: str
    uses: int
    definitions: int = 1


class Question(NamedTuple):
    """What is typed, and what is meant. `within`: also what encloses the symbol must be right."""

    kind: str
    text: str
    target: Target
    within: str = ""


def questions(targets: Iterable[Target], each: int, drawing: str = "used", seed: int = SEED) -> list[Question]:
    """Up to `each` questions of every class. `targets`: one a name."""
    rng = random.Random(seed)
    drawn = drawn_from(targets, drawing)
    weights = list(itertools.accumulate(map(weight, drawn)))
    found: list[Question] = []
    for kind, make in CLASSES.items():
        made = (make(rng, rng.choices(drawn, cum_weights=weights)[0]) for _ in range(50 * each))
        asked = ((target, text) for target, text in made if text)
        chosen = dict.fromkeys(itertools.islice(asked, each))
        found += [_question(kind, target, text) for target, text in chosen]
    return found


def drawn_from(targets: Iterable[Target], drawing: str) -> list[Target]:
    """What a drawing draws from, in order."""
    # Sentences (headings, keys of messages) are symbols too, but nobody types them.
    typed = (one for one in sorted(targets) if len(one.name) > 2 and one.name.strip("_") and " " not in one.name)
    return [one for one in typed if one.uses or drawing == "every"]


def weight(one: Target) -> float:
    """How often it is drawn, beside others."""
    return (one.uses + one.definitions) ** 0.5


def _question(kind: str, target: Target, text: str) -> Question:
    within = text.rpartition(".")[0] if kind == "member" else ""
    return Question(kind, text, target, within)


Made = tuple[Target, str]


def _exact(_rng: random.Random, one: Target) -> Made:
    return one, one.name


def _case(rng: random.Random, one: Target) -> Made:
    text = rng.choice([one.name.lower(), one.name.upper(), one.name.swapcase()])
    return one, text if text != one.name else ""


def least_prefix(name: str) -> int:
    """So many characters of a name's beginning are typed at least."""
    return max(MIN_PREFIX, len(name) // 2)


def _prefix(rng: random.Random, one: Target) -> Made:
    least = least_prefix(one.name)
    return one, one.name[: rng.randint(least, len(one.name) - 1)] if len(one.name) > least + 1 else ""


def _hump(rng: random.Random, one: Target) -> Made:
    """The first letters of each word, one to three of them, as they are typed in camel or in snake names."""
    words = words_of(one.name)
    if len(words) not in HUMP_WORDS:
        return one, ""
    text = "".join(word[: rng.randint(1, HUMP_LETTERS)].title() for word in words)
    return one, (text if rng.random() < 0.5 else text.lower()) if len(text) >= 4 else ""


def _subsequence(rng: random.Random, one: Target) -> Made:
    """The name with a third of its letters left out, but for the first."""
    name = one.name.lstrip("_")
    kept = sorted(rng.sample(range(1, len(name)), (len(name) - 1) * 2 // 3)) if len(name) >= 6 else []
    text = name[:1] + "".join(name[index] for index in kept)
    return one, text if len(text) >= 5 else ""


def _substring(rng: random.Random, one: Target) -> Made:
    if len(one.name) < MIN_SUBSTRING + 2:
        return one, ""
    length = rng.randint(MIN_SUBSTRING, max(MIN_SUBSTRING, len(one.name) * 2 // 3))
    start = rng.randint(1, len(one.name) - length)
    return one, one.name[start : start + length]


def _typo(rng: random.Random, one: Target) -> Made:
    """One letter lost, doubled, wrong, or two swapped, not the first."""
    name = one.name
    if len(name) < MIN_TYPO:
        return one, ""
    at = rng.randint(1, len(name) - 2)
    wrong = rng.choice("abcdefghijklmnopqrstuvwxyz")
    text = rng.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + wrong + name[at + 1 :],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        ]
    )
    return one, text if text != name else ""


def _member(_rng: random.Random, one: Target) -> Made:
    """`Type.member`."""
    owner = one.qualified_name.split(".")[-2:-1]
    return one, f"{owner[0]}.{one.name}" if owner and owner[0] else ""


def _module(_rng: random.Random, one: Target) -> Made:
    """`module::symbol`, with the file's name or its folder's."""
    parts = one.path.split("/")
    stem = parts[-1].split(".")[0]
    module = parts[-2] if stem in ("__init__", "index", "mod", "main") and len(parts) > 1 else stem
    return one, f"{module}::{one.name}" if module and "." not in one.qualified_name else ""


def _words(rng: random.Random, one: Target) -> Made:
    """The words, in any order, as they are said."""
    words = [word for word in words_of(one.name) if word]
    if not 2 <= len(words) <= 6 or len(set(words)) < 2 or fold("".join(words)).isdigit():
        return one, ""
    rng.shuffle(words)
    return one, " ".join(words)


CLASSES: dict[str, Callable[[random.Random, Target], Made]] = {
    "exact": _exact,
    "case": _case,
    "prefix": _prefix,
    "hump": _hump,
    "subsequence": _subsequence,
    "substring": _substring,
    "typo": _typo,
    "member": _member,
    "module": _module,
    "words": _words,
}
