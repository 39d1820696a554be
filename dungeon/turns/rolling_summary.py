"""Keep the summary of an adventure up to date while the player reads.

Whenever the prompt of the next turn leaves out turns that the summary does not cover yet, another
version is made and saved, tied to the turn at the head. The player's own wording stays: sentences
of later turns are put behind it, and a model is given it to go on from. A pinned summary is left
alone.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from dungeon import transcript
from dungeon.errors import GeneratorError, SavesError
from dungeon.generator import Generator, Request
from dungeon.memory import extractive_summary
from dungeon.prompt.composer import PromptComposer
from dungeon.prompt.context import Context
from dungeon.prose import ThinkingFilter
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.sampling import Sampling
from dungeon.story import (
    Adventure,
    StorySummary,
    SummarySource,
    Turn,
    new_id,
    render_transcript,
)
from dungeon.text import clean, safety
from dungeon.text.control_tokens import neutralise
from dungeon.text.sentences import sentence_ends
from dungeon.threads import SerialThread, run_in_thread
from dungeon.turns.adventure_store import AdventureStore
from dungeon.turns.model_query import ModelQuery, generate_text, with_query

INSTRUCTION = (
    "Summarise the story so far in at most {sentences} short sentences, in the second person and "
    "the present tense. Keep names, who is dead, what the player carries, places, promises and "
    "open questions. Write the summary only."
)
"""What a model is told to do."""

_CUE = "A summary of the story so far:"
"""Leads a model that is no chat to a summary."""

_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_SENTENCE = 24
_MAX_PIECES = 200
"""Versions that are made in a row: an imported story of thousands of turns is read in pieces."""

_LEAD_IN = re.compile(r"\A\s*\**[\w ]{0,40}summary[\w ]{0,40}\**\s*:\**\s*", re.IGNORECASE)


def covered(adventure: Adventure, summary: StorySummary | None) -> int:
    """Return how many turns at the beginning of the story `summary` covers."""
    if summary is None:
        return 0
    numbers = {turn.id: number for number, turn in enumerate(adventure.path(), 1)}
    return numbers.get(summary.covers, 0)


def is_due(adventure: Adventure, context: Context) -> bool:
    """Return whether `context` leaves out turns that no summary covers, and may be summarised."""
    summary = adventure.summary()
    if not context.summary_room or (summary is not None and summary.pinned):
        return False
    return context.left_out > covered(adventure, summary)


class SummaryWriter:
    """Writes the next version of the summary of an adventure."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    async def write(
        self, adventure: Adventure, context: Context, settings: GenerationSettings
    ) -> StorySummary:
        """Return a summary of the turns that `context` leaves out, or of a part of them.

        One that a model cannot write is extracted.
        """
        turns = adventure.path()[: context.left_out]
        room = context.summary_room
        if settings.summary_method == "model":
            written = await self._write_by_model(adventure, turns, room, settings)
            if written is not None:
                return written
        text = await self._extract(adventure, turns, room)
        return _version(adventure, turns[-1], text, SummarySource.EXTRACTIVE)

    async def _extract(self, adventure: Adventure, turns: Sequence[Turn], room: int) -> str:
        own = _players_text(adventure)
        since = covered(adventure, own)
        kept = own.text if own else ""
        free = max(room - await self._count(kept), room // 3)
        characters = free * _CHARACTERS_PER_TOKEN
        while True:
            added = await run_in_thread(extractive_summary.summarise, turns[since:], characters)
            if not added or await self._count(added) <= free:
                return f"{kept} {added}".strip()
            characters = characters * 9 // 10

    async def _count(self, text: str) -> int:
        told = transcript.story_so_far(text)
        return await self._generator.count_tokens(told + transcript.SEPARATOR) if told else 0

    async def _write_by_model(
        self,
        adventure: Adventure,
        turns: Sequence[Turn],
        room: int,
        settings: GenerationSettings,
    ) -> StorySummary | None:
        """Return what the model writes of the former summary and the turns since; None where that
        is nothing that can be used.
        """
        before = adventure.summary()
        since = covered(adventure, before)
        budget = self._generator.model.context_length - room
        text = before.text if before else ""
        count = len(turns) - since
        while True:
            request = await self._request(text, turns[since : since + count], room, settings)
            if count <= 1 or await self._generator.count_tokens(request.prompt) <= budget:
                break
            count = max(count * 2 // 3, 1)
        try:
            written = clean_summary(await generate_text(self._generator, request))
        except GeneratorError:
            return None
        last = turns[since + count - 1]
        return _version(adventure, last, written, SummarySource.MODEL) if written else None

    async def _request(
        self, before: str, turns: Sequence[Turn], room: int, settings: GenerationSettings
    ) -> Request:
        sampling = Sampling(temperature=0.3, dry_multiplier=0.0)
        parts = filter(None, (transcript.story_so_far(before), render_transcript(turns)))
        query = ModelQuery(
            neutralise(transcript.SEPARATOR.join(parts)),
            INSTRUCTION.format(sentences=max(room // _TOKENS_PER_SENTENCE, 2)),
            _CUE,
        )
        request = Request(
            query.prompt, room, sampling, seed=0, banned_tokens=(transcript.END_MARK,)
        )
        return await with_query(request, query, self._generator, settings.prompt_format)


class RollingSummary:
    """Composes the prompt of the next turn, with a summary that is up to date."""

    def __init__(
        self,
        composer: PromptComposer,
        generator: Generator,
        store: AdventureStore,
        saving: SerialThread,
    ) -> None:
        """`saving` is the thread of the store."""
        self._composer = composer
        self._writer = SummaryWriter(generator)
        self._store = store
        self._saving = saving

    async def compose_next(self, settings: GenerationSettings) -> Context:
        """Return the prompt for an action that is not known yet, after the summary it needs.

        A task that is cancelled here has saved a version or none; the next call goes on from there.
        """
        for _ in range(_MAX_PIECES):
            context = await self._composer.compose(self._store.adventure, None, settings)
            if not is_due(self._store.adventure, context):
                break
            summary = await self._writer.write(self._store.adventure, context, settings)
            try:
                await self._saving.run(self._store.revise, {"summary": summary})
            except SavesError:  # the next turn that cannot be saved either says so
                break
        return context


def _version(adventure: Adventure, last: Turn, text: str, source: SummarySource) -> StorySummary:
    return StorySummary(new_id(), str(adventure.head), last.id, text, source)


def _players_text(adventure: Adventure) -> StorySummary | None:
    """Return the last version on the way to the head that the player wrote."""
    own = tuple(each for each in adventure.summaries if each.source is SummarySource.PLAYER)
    return replace(adventure, summaries=own).summary()


def clean_summary(written: str) -> str:
    """Return what a model wrote as a summary: whole sentences on one line, without a lead-in.

    Empty where nothing of it can be used.
    """
    thinking = ThinkingFilter()
    text = thinking.feed(clean(written)) + thinking.finish()
    text = " ".join(transcript.normalise(_LEAD_IN.sub("", text, count=1)).split()).strip("[]")
    ends = sentence_ends(text)
    text = text[: ends[-1]] if ends else ""
    is_usable = any(map(str.isalnum, text)) and not safety.violates(text)
    return text if is_usable else ""
