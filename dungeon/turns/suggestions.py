"""Suggest actions that fit: of what the model writes on the player's line, the best."""

import re
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from dungeon.generator import Finished, Generator, Request, TextChunk
from dungeon.memory.retrieval import informative_words
from dungeon.settings.sampling import Sampling
from dungeon.story import Action
from dungeon.text.sentences import sentence_ends
from dungeon.transcript import ACTION_MARK, SEPARATOR
from dungeon.turns.suggested_line import Relevance, ScoredAction, is_state, score_line

COUNT = 3
"""Actions that are suggested."""

MAX_ATTEMPTS = 14
"""Lines that the model may write for them: it repeats itself, and earlier actions."""

_MAX_TOKENS = 24
_MIN_TEMPERATURE = 0.8
"""Below, a small model writes the same line from every seed."""

_SUBJECT = "You"
_OPENINGS = ("ask", "look at", "take", "open", "go to", "try to", "look for", "pick up")
"""Verbs from which even a small model goes on with something that is there."""
_VERB = re.compile(rf"{_SUBJECT}\s+(\S+)\s")
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class SuggestedActions:
    """The actions suggested last."""

    head: str | None = None
    """The turn after which they fit."""
    actions: tuple[Action, ...] = ()


async def suggest(
    generator: Generator,
    prompt: str,
    sampling: Sampling,
    *,
    seed: int,
    earlier: Iterable[str],
    story: str,
    separator: str = SEPARATOR,
) -> tuple[Action, ...]:
    """Return up to COUNT different actions after `prompt`, none of which is in `earlier`.

    Those that name something of `story`, its last paragraphs, go first. `separator` stands between
    the prompt and the player's line. Raises GeneratorError.
    """
    bold = replace(sampling, temperature=max(sampling.temperature, _MIN_TEMPERATURE))
    words, known = frozenset(informative_words(story)), set(map(_key, earlier))
    found: list[ScoredAction] = []
    for attempt in range(MAX_ATTEMPTS):
        opening = f"{_SUBJECT} {_opening(attempt, seed)}".rstrip()
        line = await _write_line(generator, prompt + separator, opening, bold, seed + attempt)
        scored = score_line(line, words) if line.strip(" .") != opening else None
        if scored is not None and _key(scored.action.text) not in known:
            known.add(_key(scored.action.text))
            found.append(scored)
        if (
            len(good := _distinct([each for each in found if each.relevance is Relevance.GOOD]))
            == COUNT
        ):
            return tuple(each.action for each in good)
    return tuple(each.action for each in _best(found))


def _opening(attempt: int, seed: int) -> str:
    """Return the verb with which the model begins; every second time it has the choice."""
    return "" if attempt % 2 == 0 else _OPENINGS[(attempt // 2 + seed) % len(_OPENINGS)]


def _best(found: Sequence[ScoredAction]) -> Sequence[ScoredAction]:
    """Return the best of them, different ones first."""
    ranked = sorted(found, key=lambda each: -each.relevance)  # stable
    different = _distinct(ranked)
    alike = [each for each in ranked if each not in different]
    return [*different, *alike][:COUNT]


def _distinct(found: Iterable[ScoredAction]) -> list[ScoredAction]:
    """Return those that resemble none before them, at most COUNT."""
    kept: list[ScoredAction] = []
    for each in found:
        if not any(each.resembles(other) for other in kept):
            kept.append(each)
    return kept[:COUNT]


async def _write_line(
    generator: Generator, prompt: str, opening: str, sampling: Sampling, seed: int
) -> str:
    """Return a player's line by the model that begins with `opening`.

    Nothing but that where it is cut in the middle of a sentence, or begins as none to suggest.
    """
    request = Request(f"{prompt}{ACTION_MARK}{opening}", _MAX_TOKENS, sampling, seed, stop=("\n",))
    line, is_cut = opening, False
    async with aclosing(generator.stream(request)) as events:
        async for event in events:
            match event:
                case TextChunk(text):
                    line += text
                    verb = _VERB.match(line)
                    if verb is not None and is_state(verb[1]):
                        return opening
                case Finished(reason):
                    is_cut = reason == "length"
    line = line.partition("\n")[0]
    ends = sentence_ends(line)
    if ends:
        return line[: ends[0]]
    return opening if is_cut else line


def _key(text: str) -> str:
    """Return `text` without what makes no difference between two actions."""
    return _NO_WORD.sub(" ", text.lower()).strip()
