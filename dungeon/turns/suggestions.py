"""Suggest actions that fit: what the model itself would write on the player's line."""

import re
from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace

from dungeon.actions import parse_action
from dungeon.generator import Finished, Generator, Request, TextChunk
from dungeon.settings.sampling import Sampling
from dungeon.story import Action, Kind
from dungeon.text import safety
from dungeon.text.sentences import sentence_ends
from dungeon.transcript import ACTION_MARK, SEPARATOR

COUNT = 3
"""Actions that are suggested."""

MAX_ATTEMPTS = 9
"""Lines that the model may write for them: it repeats itself, and earlier actions."""

_MAX_TOKENS = 24
_MIN_TEMPERATURE = 0.8
"""Below, a small model writes the same line from every seed."""

_SUBJECT = "You"
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
    separator: str = SEPARATOR,
) -> tuple[Action, ...]:
    """Return up to COUNT different actions after `prompt`, none of which is in `earlier`.

    `separator` stands between the prompt and the player's line. Raises GeneratorError.
    """
    bold = replace(sampling, temperature=max(sampling.temperature, _MIN_TEMPERATURE))
    known = set(map(_key, earlier))
    found: list[Action] = []
    for attempt in range(MAX_ATTEMPTS):
        line = await _write_line(generator, prompt + separator, bold, seed + attempt)
        action = _parse(line)
        if action is not None and _key(action.text) not in known:
            known.add(_key(action.text))
            found.append(action)
        if len(found) == COUNT:
            break
    return tuple(found)


async def _write_line(generator: Generator, prompt: str, sampling: Sampling, seed: int) -> str:
    """Return a player's line by the model; empty where it is cut in the middle of a sentence."""
    beginning = f"{ACTION_MARK}{_SUBJECT}"
    request = Request(prompt + beginning, _MAX_TOKENS, sampling, seed, stop=("\n",))
    pieces, is_cut = [_SUBJECT], False
    async with aclosing(generator.stream(request)) as events:
        async for event in events:
            match event:
                case TextChunk(text):
                    pieces.append(text)
                case Finished(reason):
                    is_cut = reason == "length"
    line = "".join(pieces).partition("\n")[0]
    ends = sentence_ends(line)
    if ends:
        return line[: ends[0]]
    return "" if is_cut else line


def _parse(line: str) -> Action | None:
    """Return the action in `line`, or None where it says nothing that a player may do."""
    action = parse_action(line, Kind.DO)
    is_usable = action.kind in (Kind.DO, Kind.SAY) and len(_key(action.text)) > len(_SUBJECT)
    return action if is_usable and not safety.violates(action.text) else None


def _key(text: str) -> str:
    """Return `text` without what makes no difference between two actions."""
    return _NO_WORD.sub(" ", text.lower()).strip()
