"""Generate the replies of a saved adventure again, and compare them with those that are saved.

Each is asked for with the seed, the sampling settings and the length that its provenance records,
after the story as it stood. Memory, author's note, lore and state are those of today: where they
have been changed since, the prompt is another. The prompts are compared, too, since the same one
may lead to another reply: llama.cpp's arithmetic depends in its last digits on what is in its
cache. Scripts are not run: what they changed of the prompt and the reply is saved with the turn.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from itertools import product

from dungeon.chat import FormatChoice
from dungeon.generator import Generator
from dungeon.generator.word_bias import SETTING as BIASED_WORDS
from dungeon.memory.retrieval import TurnSearch
from dungeon.prompt.composer import PromptComposer
from dungeon.scripts import record as scripts
from dungeon.settings.biased_words import parse_recorded
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.sampling import Sampling
from dungeon.settings.summary_method import SummaryMethod
from dungeon.story import Adventure, Provenance, Turn
from dungeon.story.edited_line import originals
from dungeon.threads import SerialThread
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.turn_generation import begin_generation

_REPEATABLE = ("sentence", "length")
"""How a reply ended that a model finished; what a person stopped or wrote cannot be repeated."""


class Outcome(StrEnum):
    """How a reply compares with the one that is saved."""

    SAME = "same"
    DIFFERENT = "different"
    OTHER_MODEL = "other model"
    """Written by a model other than the one that is loaded; it is not generated again."""
    BY_HAND = "not by a model"
    """Written, edited, stopped or refused; it is not generated again."""


@dataclass(frozen=True, slots=True)
class ReplayedTurn:
    """A turn, and what the model makes of it today."""

    number: int
    """Its position in the story; the opening is number 1."""
    turn: Turn
    outcome: Outcome
    text: str = ""
    """The reply of today, where one was generated."""
    is_same_prompt: bool | None = None
    """Whether it was asked for with the prompt of then; None where that is unknown."""


async def replay(
    adventure: Adventure, generator: Generator, turn_search: TurnSearch | None
) -> AsyncGenerator[ReplayedTurn, None]:
    """Yield every turn from the opening to the head, compared. Raises GeneratorError."""
    thread = SerialThread("replay")
    if any(turn.provenance.model for turn in adventure.path()):
        await generator.open()
    for number, turn in enumerate(adventure.path(), 1):
        if outcome := _skip(turn.provenance, generator):
            yield ReplayedTurn(number, turn, outcome)
            continue
        composer = PromptComposer(generator, turn_search, thread)
        *_, asked = originals(adventure, turn)  # a copy was never asked for itself
        text, provenance = await _generate(adventure, asked, generator, composer)
        written = scripts.parse(turn.provenance.scripts).before.get("reply", turn.text)
        outcome = Outcome.SAME if text == written else Outcome.DIFFERENT
        saved = turn.provenance.prompt_sha256
        yield ReplayedTurn(
            number, turn, outcome, text, provenance.prompt_sha256 == saved if saved else None
        )


_FORMATS: tuple[FormatChoice, ...] = ("completion", "chat", "auto")
"""Formats of prompts in the order in which they are tried; the last one is what suits the model."""


_SUMMARIES: tuple[SummaryMethod, ...] = ("extractive", "off")
"""Whether the prompt had the summary of then; who had written it makes no difference."""


def _as_it_was(adventure: Adventure, turn: Turn) -> Adventure:
    """Return the adventure before `turn`, with the summaries that there were then."""
    made = (each for each in adventure.summaries if each.created <= turn.created)
    return replace(adventure, head=turn.parent, summaries=tuple(made))


def _skip(provenance: Provenance, generator: Generator) -> Outcome | None:
    """Return why a reply is not generated again, or None."""
    if not provenance.model or provenance.ended not in _REPEATABLE or provenance.seed is None:
        return Outcome.BY_HAND
    return None if provenance.model == generator.model.identity else Outcome.OTHER_MODEL


async def _generate(
    adventure: Adventure, turn: Turn, generator: Generator, composer: PromptComposer
) -> tuple[str, Provenance]:
    """Return the reply that the model gives today: the first attempt, since the seed that is
    saved is that of the attempt which was kept.
    """
    provenance = turn.provenance
    base = scripts.parse(provenance.scripts).as_told(_as_it_was(adventure, turn))
    settings = _settings(provenance)
    action = turn.answered
    for choice, summary in product(_FORMATS, _SUMMARIES):
        # What the prompt of the reply was built with is not saved, only its digest.
        settings = replace(settings, prompt_format=choice, summary=summary)
        context = await composer.compose(
            base, action, settings, first=provenance.prompt_first_turn or None
        )
        if context.sha256 == provenance.prompt_sha256:
            break
    generation = begin_generation(
        generator,
        context,
        settings,
        base,
        action,
        seed=provenance.seed or 0,
        started=time.monotonic(),
        beginning=provenance.beginning,
    )
    async with aclosing(generation.events()) as events:
        async for event in events:
            if isinstance(event, AttemptRejected):
                break
    return generation.result()


def _settings(provenance: Provenance) -> GenerationSettings:
    """Return the settings of a reply; what a newer or older version records besides is left out."""
    known = {field.name for field in fields(Sampling)}
    sampling = Sampling(**{n: v for n, v in provenance.sampling.items() if n in known})
    usual = GenerationSettings()
    return replace(
        usual,
        sampling=sampling,
        biased_words=parse_recorded(provenance.sampling.get(BIASED_WORDS)),
        reply_tokens=provenance.reply_tokens or usual.reply_tokens,
        seed=provenance.seed,
    )
