"""Find the keys of lore entries in a text: a word index, built once for a set of entries.

The time for a text grows with its length and with the keys that share a first word with it, not
with the number of entries.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dungeon.lore.entry import LoreEntry

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Key:
    """A key in the index."""

    words: tuple[str, ...]
    """Case-folded."""
    text: str
    """As it was written."""
    case_sensitive: bool


class LoreIndex:
    """The enabled entries, and which of their keys a text mentions."""

    def __init__(self, entries: Iterable[LoreEntry]) -> None:
        self.entries = {entry.id: entry for entry in entries if entry.enabled}
        """By id, in their order of insertion."""
        self.always = tuple(entry for entry in self.entries.values() if entry.always)
        self.depth = max((entry.depth for entry in self.entries.values()), default=0)
        """Turns that have to be searched for the entry that looks back furthest."""
        self.longest_sticky = max((entry.sticky for entry in self.entries.values()), default=0)
        self._by_first_word: dict[str, dict[Key, None]] = {}
        self._owners: dict[tuple[str, bool], list[LoreEntry]] = {}
        for entry in self.entries.values():
            for key in (*entry.keys, *entry.secondary, *entry.excluding):
                words = _words(key)
                if words:
                    indexed = Key(words, key, entry.case_sensitive)
                    self._by_first_word.setdefault(words[0], {})[indexed] = None
            for key in dict.fromkeys(entry.keys):
                self._owners.setdefault((key, entry.case_sensitive), []).append(entry)

    def owners(self, key: tuple[str, bool]) -> Sequence[LoreEntry]:
        """Return the entries that have `key`, a text and its case sensitivity, as primary key."""
        return self._owners.get(key, ())

    def mentioned(self, text: str) -> Iterator[tuple[str, bool]]:
        """Yield each key that `text` mentions, as its text and its case sensitivity."""
        found = list(_WORD.finditer(text))
        words = [match[0].casefold() for match in found]
        seen: set[Key] = set()
        for number, word in enumerate(words):
            for key in self._by_first_word.get(word, ()):
                end = number + len(key.words)
                if key in seen or tuple(words[number:end]) != key.words:
                    continue
                exact = tuple(match[0] for match in found[number:end])
                if key.case_sensitive and exact != tuple(_WORD.findall(key.text)):
                    continue
                seen.add(key)
                yield key.text, key.case_sensitive


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in _WORD.findall(text))
