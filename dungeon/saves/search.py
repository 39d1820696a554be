"""Full-text search over every turn: what a query means, and which turns a prompt may quote.

The index itself, and how it is queried, is the database's: `sqlite_search`, `postgresql_search`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select

from dungeon.errors import InputRefused
from dungeon.memory.retrieval import Match
from dungeon.saves.tables import adventures, turns
from dungeon.text import clean

_PHRASE = re.compile(r'"([^"]*)"|([^\s"]+)')
WORD = re.compile(r"[^\W_]+")

_SYLLABLES = "\u2e80"
"""From here on one character is a word or a syllable: Chinese, Japanese, Korean."""

_MAX_WORDS = 32
"""Words of a query, and of a phrase in it; databases become slow with many more."""

_MAX_SHARE = 0.1
"""Share of the turns searched above which a word is too common to say which turn is meant."""

_ALWAYS_RARE = 8
"""Number of turns with which a word is never too common."""


@dataclass(frozen=True, slots=True)
class Copy:
    """Another place where a turn that was found stands as well."""

    adventure_id: str
    title: str
    """The adventure's title."""
    turn_id: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A turn that matches a query."""

    adventure_id: str
    title: str
    """The adventure's title."""
    turn_id: str
    snippet: str
    """The text around the match, on one line, with `…` where something is left out."""
    number: int
    """Its place on its line; the opening is number 1."""
    branch: int = 0
    """The first of the adventure's branches on which it is, as they are numbered; 0 where it is on
    the line that is played, or not looked up."""
    branches: int = 0
    """How many branches the adventure has; 0 where that is not looked up."""
    carried_from: str = ""
    """The id of the turn of which it is a copy; empty where it was played."""
    copies: tuple[Copy, ...] = ()
    """Where else it stands: on lines of the same adventure to which an edit has carried it, and in
    forks and imports."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a turn must contain: every phrase."""

    phrases: tuple[tuple[str, ...], ...]
    """The words of each, letters and digits only."""
    last_is_prefix: bool = False
    """Whether the last word may be incomplete."""

    @property
    def is_beginning(self) -> bool:
        """Whether it is nothing but the beginning of a word."""
        return self.last_is_prefix and len(self.phrases) == len(self.phrases[0]) == 1


@dataclass(frozen=True, slots=True)
class Span:
    """The turns of an adventure whose numbers lie between two others, both counted."""

    adventure_id: str
    first: int
    last: int


def carried_from(provenance: str) -> str:
    """Return of which turn one is a copy, by its stored provenance; empty for none, and where that
    cannot be read.
    """
    if not provenance or '"carried_from": ""' in provenance:  # most are no copies
        return ""
    try:
        found = json.loads(provenance)
    except (ValueError, RecursionError):
        return ""
    return str(found.get("carried_from", "")) if isinstance(found, dict) else ""


class SearchIndex(Protocol):
    """The index over the words of every turn."""

    def add(self, connection: Connection, adventure_id: str, turn_id: str | None = None) -> None:
        """Index one turn that was just inserted, or every turn of a new adventure."""

    def add_after(self, connection: Connection, adventure_id: str, turn_id: str) -> None:
        """Index the turns that were just inserted after that one."""

    def remove(self, connection: Connection, adventure_id: str) -> None:
        """Remove an adventure's turns; call it before they are deleted."""

    def find(self, connection: Connection, query: Query, player: str, limit: int) -> Iterable[Hit]:
        """Return at most `limit` turns of a player that match, the best first."""

    def numbers_with(
        self, connection: Connection, word: str, span: Span, limit: int
    ) -> frozenset[int]:
        """Return the numbers of at most `limit` turns of the span that contain `word`."""

    def rank(self, connection: Connection, words: Sequence[str], span: Span) -> Iterable[Row[Any]]:
        """Return `number` and `id` of the turns that contain any of `words`, the best first."""


def find_among(
    index: SearchIndex,
    connection: Connection,
    player: str,
    adventure_id: str,
    words: Sequence[str],
    *,
    among: Sequence[str],
    limit: int,
) -> list[Match]:
    """Return at most `limit` turns of `among` that contain one of `words`, the best match first.

    `among` are ids, oldest first. A word that more than a tenth of as many turns contain is
    ignored, so that the time does not depend on how often common words occur.
    """
    span = _span(connection, player, adventure_id, among)
    if span is None:
        return []
    most = max(_ALWAYS_RARE, int(len(among) * _MAX_SHARE))
    rows_by_word: dict[str, frozenset[int]] = {}
    for word in words[:_MAX_WORDS]:
        numbers = index.numbers_with(connection, word, span, most + 1)
        if 0 < len(numbers) <= most:
            rows_by_word[word] = numbers
    if not rows_by_word:
        return []
    ancestors, found = frozenset(among), list[Match]()
    for row in index.rank(connection, list(rows_by_word), span):
        if row.id in ancestors:
            matched = (word for word, rows in rows_by_word.items() if row.number in rows)
            found.append(Match(row.id, tuple(matched)))
            if len(found) == limit:
                break
    return found


def _span(
    connection: Connection, player: str, adventure_id: str, among: Sequence[str]
) -> Span | None:
    """Return the numbers of the first and the last turn of `among`; None if one is not saved."""
    if not among:
        return None
    own = (turns.c.adventure_id == adventure_id) & (adventures.c.player == player)
    query = select(turns.c.number).join(adventures).where(own)
    first, last = (
        connection.scalar(query.where(turns.c.id == turn_id)) for turn_id in (among[0], among[-1])
    )
    return Span(adventure_id, first, last) if first and last else None


def parse_query(query: str) -> Query:
    """Return what a player typed as phrases: all words and quoted phrases.

    A last word outside quotation marks is a prefix: `lant` finds lantern; but a single letter is a
    word. Raises InputRefused if there is no word.
    """
    phrases: list[tuple[str, ...]] = []
    last_is_prefix = False
    for quoted, bare in _PHRASE.findall(clean(query)):
        words = WORD.findall(quoted or bare)[:_MAX_WORDS]
        if words:
            phrases.append(tuple(words))
            last_is_prefix = bool(bare) and _may_begin_a_word(words[-1])
    if not phrases:
        raise InputRefused("There is no word to search for. Name one that the story holds.")
    kept = tuple(phrases[:_MAX_WORDS])
    return Query(kept, last_is_prefix and len(phrases) <= _MAX_WORDS)


def ends_in_a_letter(query: str) -> bool:
    """Return whether a query ends in a single letter, which is searched for as a word."""
    words = WORD.findall(clean(query))
    return bool(words) and not _may_begin_a_word(words[-1])


def _may_begin_a_word(letters: str) -> bool:
    """Return whether `letters` are looked for as the beginning of a word: of one letter alone there
    are too many, except in scripts that write a word or a syllable as one character.
    """
    return len(letters) > 1 or letters >= _SYLLABLES
