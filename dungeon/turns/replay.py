"""Generate the replies of a saved adventure again, and compare them with those that are saved.

Each is asked for with the seed, the sampling settings and the length that its provenance records,
after the story as it stood, with memory, author's note, lore and state as they were then, as far as
the saves have them, and with the settings of the prompt that are saved with the turn. The prompts
are compared, too, since the same one may lead to another reply: llama.cpp's arithmetic depends in
its last digits on what is in its cache. So the engine is given before each turn what it does in a
game while the player reads. Scripts are not run: what they changed of the prompt and the reply is
saved with the turn.
"""

import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product

from dungeon.chat import FormatChoice
from dungeon.generator import Generator
from dungeon.memory.retrieval import TurnSearch
from dungeon.prompt import settings_record
from dungeon.prompt.composer import PromptComposer
from dungeon.prompt.context import Context
from dungeon.scripts import record as scripts
from dungeon.settings.summary_method import SummaryMethod
from dungeon.story import CONTINUE, Action, Adventure, Provenance, Turn
from dungeon.story.edited_line import originals
from dungeon.story.history import Revision, has_undated_state, versions_before
from dungeon.threads import SerialThread
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.recorded_prompt import (
    Candidate,
    RecordedPrompt,
    find_prompt,
    recorded_settings,
)
from dungeon.turns.turn_generation import begin_generation, prefetch_request

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
    has_undated_state: bool = False
    """Whether the saves do not say when something of its state was confirmed."""


async def replay(
    adventure: Adventure,
    generator: Generator,
    turn_search: TurnSearch | None,
    revisions: Sequence[Revision] = (),
    *,
    write_ahead: bool = False,
) -> AsyncGenerator[ReplayedTurn, None]:
    """Yield every turn from the opening to the head, compared. Raises GeneratorError.

    `revisions` are the values that fields of the adventure had before. `write_ahead` says that the
    game writes the next continuation while the player reads.
    """
    thread = SerialThread("replay")
    if any(turn.provenance.model for turn in adventure.path()):
        await generator.open()
    for number, turn in enumerate(adventure.path(), 1):
        if outcome := _skip(turn.provenance, generator):
            yield ReplayedTurn(number, turn, outcome)
            continue
        *_, asked = originals(adventure, turn)  # a copy was never asked for itself
        versions = versions_before(adventure, revisions, asked)
        prompt = await find_prompt(
            asked,
            versions,
            tuple(_candidates(asked)),
            lambda: PromptComposer(generator, turn_search, thread),
        )
        if generator.supports_prefetch:
            composer = PromptComposer(generator, None, thread)
            await _work_ahead(asked, generator, prompt, composer, write_ahead=write_ahead)
        text, provenance = await _generate(asked, generator, prompt)
        written = scripts.parse(turn.provenance.scripts).before.get("reply", turn.text)
        outcome = Outcome.SAME if text == written else Outcome.DIFFERENT
        saved = turn.provenance.prompt_sha256
        is_same_prompt = provenance.prompt_sha256 == saved if saved else None
        is_undated = has_undated_state(adventure, turn)
        yield ReplayedTurn(number, turn, outcome, text, is_same_prompt, is_undated)


_FORMATS: tuple[FormatChoice, ...] = ("completion", "chat", "auto")
"""Formats of prompts in the order in which they are tried; the last one is what suits the model."""


_SUMMARIES: tuple[SummaryMethod, ...] = ("extractive", "off")
"""Whether the prompt had the summary of then; who had written it makes no difference."""


def _skip(provenance: Provenance, generator: Generator) -> Outcome | None:
    """Return why a reply is not generated again, or None."""
    if not provenance.model or provenance.ended not in _REPEATABLE or provenance.seed is None:
        return Outcome.BY_HAND
    return None if provenance.model == generator.model.identity else Outcome.OTHER_MODEL


def _candidates(turn: Turn) -> Iterator[Candidate]:
    """Yield what a prompt may have been built with: what is saved, then what an older Grue may have
    had.
    """
    provenance = turn.provenance
    recorded = settings_record.parse(provenance.settings)
    usual = recorded_settings(provenance, recorded)
    if recorded:
        yield usual, recorded
    for choice, summary in product(_FORMATS, _SUMMARIES):
        yield replace(usual, prompt_format=choice, summary=summary), None


async def _work_ahead(
    turn: Turn,
    generator: Generator,
    prompt: RecordedPrompt,
    composer: PromptComposer,
    *,
    write_ahead: bool,
) -> None:
    """Let the engine do what it does in a game before `turn`, so that its cache is as it was then:
    read the prompt without the action, and write a continuation that nobody wanted.
    """
    base, settings = prompt.base, prompt.settings
    recorded = settings_record.parse(turn.provenance.settings)

    async def compose(action: Action | None) -> Context:
        first = turn.provenance.prompt_first_turn or None
        return await composer.compose(base, action, settings, first=first, recorded=recorded)

    request = prefetch_request(await compose(None), settings)
    async with aclosing(generator.stream(request)) as events:
        async for _ in events:
            pass
    if not write_ahead or turn.answered == CONTINUE:  # there it was the reply itself
        return
    continuation = begin_generation(
        generator,
        await compose(CONTINUE),
        settings,
        base,
        CONTINUE,
        seed=0,
        started=time.monotonic(),
    )
    async with aclosing(continuation.events()) as written:
        async for _ in written:
            pass


async def _generate(
    turn: Turn, generator: Generator, prompt: RecordedPrompt
) -> tuple[str, Provenance]:
    """Return the reply that the model gives today: the first attempt, since the seed that is
    saved is that of the attempt which was kept.
    """
    recorded = settings_record.parse(turn.provenance.settings)
    generation = begin_generation(
        generator,
        prompt.context,
        prompt.settings,
        prompt.base,
        turn.answered,
        seed=turn.provenance.seed or 0,
        started=time.monotonic(),
        beginning=turn.provenance.beginning,
        dead=recorded.dead if recorded else (),
    )
    async with aclosing(generation.events()) as events:
        async for event in events:
            if isinstance(event, AttemptRejected):
                break
    return generation.result()
