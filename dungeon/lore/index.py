"""Find the keys of lore entries in a text: a word index, built once for a set of entries.

The time for a text grows with its length and with the keys that it mentions, not with the number of
entries. Patterns are searched one after the other, and are few.
"""

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from dungeon.errors import InputRefused
from dungeon.lore.entry import LoreEntry
from dungeon.lore.patterns import Pattern, PatternRoom, compile_pattern, is_pattern

_WORD = re.compile(r"\w+")

MAX_MENTIONED = 1_000
"""Keys that are found in one text at most."""

KeyId = tuple[str, bool | None]
"""A key as it was written, and whether its case matters; None for a pattern, which says so."""


def key_id(key: str, entry: LoreEntry) -> KeyId:
    """Return what a key of an entry is called."""
    return key, None if entry.patterns and is_pattern(key) else entry.case_sensitive


@dataclass(slots=True)
class _Node:
    """A place in the tree of keys by their case-folded words."""

    following: dict[str, "_Node"] = field(default_factory=dict)
    keys: dict[KeyId, tuple[str, ...]] = field(default_factory=dict)
    """The keys that end here, and their words as they were written."""


class LoreIndex:
    """The enabled entries, and which of their keys a text mentions."""

    def __init__(self, entries: Iterable[LoreEntry]) -> None:
        ordered = sorted((entry for entry in entries if entry.enabled), key=_order)
        self.entries = {entry.id: entry for entry in ordered}
        """By id, in the order in which they stand in a prompt."""
        self.always = tuple(entry for entry in ordered if entry.always)
        self.depth = max((entry.depth for entry in ordered), default=0)
        """Turns that have to be searched for the entry that looks back furthest."""
        self.longest_memory = max((max(e.sticky, e.cooldown) for e in ordered), default=0)
        """Turns whose records matter to some entry."""
        self.characters = sum(len(entry.content) for entry in ordered)
        self._root = _Node()
        self._patterns: dict[KeyId, Pattern] = {}
        self._room = PatternRoom()
        self._owners: dict[KeyId, list[LoreEntry]] = {}
        for entry in ordered:
            for key in (*entry.keys, *entry.secondary, *entry.excluding):
                self._add(key_id(key, entry))
            for key in dict.fromkeys(entry.keys):
                self._owners.setdefault(key_id(key, entry), []).append(entry)

    def _add(self, key: KeyId) -> None:
        text, case_sensitive = key
        if case_sensitive is None:
            if key not in self._patterns and self._room.take(text):
                self._patterns[key] = _compile(text)
            return
        words = tuple(_WORD.findall(text))
        node = self._root
        for word in words:
            node = node.following.setdefault(word.casefold(), _Node())
        node.keys[key] = words

    def owners(self, keys: Iterable[KeyId], limit: int) -> list[LoreEntry]:
        """Return the entries that have one of `keys` as primary key, the first `limit` in order."""
        lists = [self._owners[key] for key in keys if key in self._owners]
        return list(islice(heapq.merge(*lists, key=_order), limit))

    def mentioned(self, text: str) -> Iterator[KeyId]:
        """Yield each key that `text` mentions, at most `MAX_MENTIONED`."""
        return islice(chain(self._find_patterns(text), self._find(text)), MAX_MENTIONED)

    def _find_patterns(self, text: str) -> Iterator[KeyId]:
        encoded = text.encode() if self._patterns else b""
        return (key for key, search in self._patterns.items() if search(encoded))

    def _find(self, text: str) -> Iterator[KeyId]:
        exact = _WORD.findall(text)
        words = [word.casefold() for word in exact]
        seen: set[int] = set()
        for start, first in enumerate(words):
            node, end = self._root.following.get(first), start + 1
            while node is not None:
                if node.keys and id(node) not in seen:
                    yield from self._ending_at(node, tuple(exact[start:end]), seen)
                node = node.following.get(words[end]) if end < len(words) else None
                end += 1

    def _ending_at(self, node: _Node, exact: tuple[str, ...], seen: set[int]) -> Iterator[KeyId]:
        """Yield the keys that end at `node`; leave one whose case differs for a later mention."""
        fitting = [key for key, words in node.keys.items() if not key[1] or words == exact]
        if len(fitting) == len(node.keys):
            seen.add(id(node))
        yield from fitting


def _compile(pattern: str) -> Pattern:
    """Return what finds a pattern; nothing finds one that was not checked when it was saved."""
    try:
        return compile_pattern(pattern)
    except InputRefused:
        return lambda _: None


def _order(entry: LoreEntry) -> int:
    return entry.order
