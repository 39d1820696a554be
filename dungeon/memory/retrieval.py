"""Choose earlier turns to quote in a prompt: those that no longer fit and match the action.

Quoted turns stand near the front of the prompt, so each change of them makes the engine evaluate
the story again. They stay the same as long as the best match for the action is among them. The
search itself is behind a protocol; the library of saves implements it with its full-text index.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dungeon import transcript
from dungeon.dice import without_roll
from dungeon.story import Turn, render_transcript
from dungeon.text.sentences import split_sentences

MAX_QUOTED = 3
"""Number of turns that are quoted at most."""

MAX_WORDS = 16
"""Words of an action that are searched for at most."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_POSSESSIVE = re.compile(r"'s?$")
_ROOT = 4
"""Letters by which a longer word is recognised in its other forms: `opened` and `opening`."""

STOP_WORDS = frozenset(
    """
    a about above across after again against all almost alone along already also although always
    am among an and another any anybody anyone anything are aren't around as ask at away back be
    because been before behind being below beside between beyond both but by can can't cannot
    come could couldn't did didn't do does doesn't doing don't done down during each either else
    enough even ever every everybody everyone everything few for from further get give go goes
    going gone got had hadn't has hasn't have haven't having he hello her here hers herself hi
    him himself his how however i i'd i'll i'm i've if in inside into is isn't it it's its
    itself just keep let like look make many may maybe me might mine more most much must my
    myself near need never next no nobody none nor not nothing now of off on once one only onto
    or other our ours out outside over own perhaps please put quite rather really same say see
    shall she should shouldn't since so some somebody someone something soon still such take
    tell than that that's the their theirs them themselves then there these they they're thing
    things this those though through till to together too toward towards try under until up upon
    us use very wait walk want was wasn't we well went were weren't what what's when where which
    while who whose why will with within without won't would wouldn't yes yet you you'd you'll
    you're you've your yours yourself
    """.split()
)
"""English words that say nothing of what an action is about, and verbs of almost any action."""


@dataclass(frozen=True, slots=True)
class Match:
    """A turn that a search has found."""

    turn_id: str
    words: tuple[str, ...]
    """The words of the query that are in it."""


class TurnSearch(Protocol):
    """Finds turns of an adventure by their words."""

    def matching_turns(
        self, adventure_id: str, words: Sequence[str], *, among: Sequence[str], limit: int
    ) -> list[Match]:
        """Return at most `limit` turns that contain one of `words`, the best match first.

        `among` are the ids of the turns to search, oldest first. Words that many of them contain
        are ignored. Raises SavesError.
        """
        ...


FindMatches = Callable[[Sequence[str], Sequence[Turn]], Awaitable[Sequence[Match]]]
"""Returns the matches for words among turns, the best first."""


def query_words(action: str) -> tuple[str, ...]:
    """Return the words of an action to search for: no stop words, none twice, no dice roll."""
    return informative_words(without_roll(action.rstrip()))[:MAX_WORDS]


def informative_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that say what it is about, each once, in small letters."""
    found = _WORD.findall(text.casefold().replace("’", "'"))
    words = (_POSSESSIVE.sub("", word) for word in found)
    return tuple(dict.fromkeys(word for word in words if _is_informative(word)))


def _is_informative(word: str) -> bool:
    """Return whether `word` is no stop word and no single letter; a digit is a word."""
    return word not in STOP_WORDS and (len(word) > 1 or not word.islower())


def choose(
    matches: Sequence[Match],
    quoted: Sequence[Match],
    left_out: Sequence[Turn],
    *,
    anew: bool,
    limit: int = MAX_QUOTED,
) -> tuple[Match, ...]:
    """Return the turns to quote, at most `limit`, in the order of the story.

    `quoted` are those of the previous prompt. They stay if the best match is among them or nothing
    matches, unless `anew` says that the prompt has a new beginning in any case.
    """
    known = {match.turn_id for match in (*matches, *quoted)}
    position = {turn.id: index for index, turn in enumerate(left_out) if turn.id in known}
    kept = [match for match in quoted if match.turn_id in position]
    relevant = not matches or matches[0].turn_id in {match.turn_id for match in kept}
    chosen = kept if relevant and not anew else matches[:limit]
    return tuple(sorted(chosen, key=lambda match: position[match.turn_id]))


def quote(turn: Turn) -> str:
    """Return all of `turn` as a quotation."""
    return transcript.earlier_turn(render_transcript([turn]))


def quote_part(turn: Turn, words: Sequence[str], characters: int) -> str:
    """Return a quotation of the sentences of `turn` from the best match on, within a length.

    Where the action and the reply match equally well, the reply is quoted: it says what came of
    the action. The quotation is empty if not even one sentence has at most `characters`.
    """
    *before, reply = [
        [s.text for s in split_sentences(transcript.normalise(block.text)) if s.text]
        for block in turn.blocks()
    ]
    sentences = [*(sentence for block in before for sentence in block), *reply]
    roots = [word[: max(_ROOT, len(word) - 2)] for word in words]
    matches = [_count_mentioned(sentence, roots) for sentence in sentences]
    first_of_reply = len(sentences) - len(reply)
    start = max(
        range(len(sentences)),
        key=lambda n: (matches[n], n >= first_of_reply and matches[n] > 0, -n),
        default=0,
    )
    kept = "…" if start else ""
    for sentence in sentences[start:]:
        longer = f"{kept} {sentence}".strip()
        if len(longer) > characters:
            break
        kept = longer
    return transcript.earlier_turn(kept) if kept.strip("…") else ""


def _count_mentioned(sentence: str, roots: Sequence[str]) -> int:
    words = _WORD.findall(sentence.casefold())
    return sum(any(word.startswith(root) for word in words) for root in roots)
