"""The best that any order of names can have: one that knows the odds by which questions are drawn (typed.py).

A target's odds are those of being drawn, times those that this text is made of it. Only a name that is the text itself
comes before: whoever types a name means it. For beginnings of names and for humps, the classes where many names are as
likely.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from grpc_backend.storage.names import words_of
from tests.bench.search.typed import HUMP_LETTERS, HUMP_WORDS, Question, Target, least_prefix, weight

# Behind every character of a name.
_LAST: Final = "\U0010ffff"


class Odds:
    """The ranks of targets among all that they were drawn from, which are given in order. `names`: all there are."""

    def __init__(self, drawn: Sequence[Target], names: Collection[str]) -> None:
        self._targets = drawn
        self._names = [one.name for one in drawn]
        self._known = names
        # By the first two letters that can be typed: the second one goes on with the first word, or begins the next.
        self._humps: dict[str, list[tuple[Target, list[str]]]] = defaultdict(list)
        for one in drawn:
            words = words_of(one.name)
            if len(words) in HUMP_WORDS:
                for second in {words[0][1:2], words[1][0]}:
                    self._humps[words[0][0] + second].append((one, words))
        self._ranks: dict[str, Callable[[Question], int]] = {"prefix": self._of_prefix, "hump": self._of_hump}

    def knows(self, kind: str) -> bool:
        """Whether there are odds for a class of questions."""
        return kind in self._ranks

    def rank(self, question: Question) -> int:
        """The target's place, from 1 on."""
        return self._ranks[question.kind](question) + (question.text in self._known)

    def _of_prefix(self, question: Question) -> int:
        text = question.text
        first, last = bisect_left(self._names, text), bisect_right(self._names, text + _LAST)
        return _place(question, ((one, _prefix_odds(text, one.name)) for one in self._targets[first:last]))

    def _of_hump(self, question: Question) -> int:
        text = question.text
        return _place(question, ((one, _hump_odds(text, words)) for one, words in self._humps[text[:2].lower()]))


def _place(question: Question, likely: Iterable[tuple[Target, float]]) -> int:
    """The target's place behind those that are more likely, or as likely and before it by name."""
    odds = {one.name: weight(one) * made for one, made in likely if made and one.name != question.text}
    name = question.target.name
    mine = (-odds.get(name, 0.0), name)  # none for a letter that grows when it is capitalised
    return 1 + sum((-value, other) < mine for other, value in odds.items())


def _prefix_odds(text: str, name: str) -> float:
    """How likely this is the beginning that is typed of a name."""
    least = least_prefix(name)
    return 1 / (len(name) - least) if len(name) > least + 1 and least <= len(text) < len(name) else 0.0


def _hump_odds(text: str, words: Sequence[str]) -> float:
    """How likely these are the humps that are typed of a name with these words, but for a factor."""
    typed = text.lower()
    is_cased = text != typed
    reached = {0: 1.0}
    for word in words:
        after: dict[int, float] = defaultdict(float)
        for start, odds in reached.items():
            for letters in range(1, HUMP_LETTERS + 1):
                piece = word[:letters]
                end = start + len(piece)
                if typed[start:end] == piece and (not is_cased or text[start:end] == piece.title()):
                    after[end] += odds / HUMP_LETTERS
        reached = after
    return reached.get(len(text), 0.0)
