"""Play an adventure: every turn from the player's action to the saved reply, in the one safe order.

    action ─► draft saved ─► prompt ─► stream ─► finished reply ─► turn saved ─► turn shown

A turn is shown as done only after it is saved. What the player sees before that is a draft, and the
draft survives a crash too. Saving happens in a thread, one write after another, so the event loop
never waits for the disk. Between turns the engine prefetches the next prompt. Knows nothing of
screens: it yields events, and a front end shows them.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, replace

from dungeon import prose, safety
from dungeon.adventure_store import AdventureStore, Saves
from dungeon.errors import GrueError, HeadMoved, InputRefused, NotSaved
from dungeon.generation import AttemptRejected, Generation, GenerationSettings
from dungeon.generator import Generator, PrefillProgress, TextChunk
from dungeon.prefetch import Prefetcher
from dungeon.prompt_builder import Context, TokenCounter, build_prompt
from dungeon.story import Action, Adventure, Draft, Provenance, Turn
from dungeon.threads import SerialThread

ACTION_RESERVE = 64
"""Tokens held free for the player's next action when the engine reads ahead."""

DRAFT_INTERVAL = 1.0
"""Seconds between two savings of the text under way."""

COMPARED_REPLIES = 6
"""How many earlier replies a new one is compared with for loops."""

FIRST_WORD = "You"
"""What a story in second person goes on with where the model has nothing to say."""

FORBIDDEN = prose.Verdict(100, prose.RejectReason.FORBIDDEN)
"""The verdict on a reply that breaks the content rule: worse than any other."""

SEED_STEP = 7919
"""Set between the seeds of two turns, so that their attempts never share one."""


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A turn is under way: the action is safe, the reply is being asked for."""

    action: Action


@dataclass(frozen=True, slots=True)
class TurnSaved:
    """The turn is saved, or `warning` says why it is not."""

    turn: Turn
    warning: str = ""


@dataclass(frozen=True, slots=True)
class TurnCancelled:
    """The player stopped before a word was written: no turn was made."""

    action: Action


Event = TurnStarted | PrefillProgress | TextChunk | AttemptRejected | TurnSaved | TurnCancelled


class Game:
    """One adventure being played."""

    def __init__(
        self,
        saves: Saves,
        generator: Generator,
        adventure: Adventure,
        style: GenerationSettings | None = None,
    ) -> None:
        self.style = style or GenerationSettings()
        """How replies are written; may be replaced between turns."""
        self.context: Context | None = None
        """The account of the last prompt."""
        self.tokens_per_second = 0.0
        """The speed of the last reply."""
        self._record = AdventureStore(saves, adventure)
        self._saving = SerialThread("saves")
        self._generator = generator
        self._count = TokenCounter(generator.count_tokens)
        self._ahead = Prefetcher(generator)
        self._writing: Generation | None = None
        self._busy = False

    # What a front end may ask.

    @property
    def adventure(self) -> Adventure:
        """The adventure as it stands."""
        return self._record.adventure

    @property
    def generator(self) -> Generator:
        """The model that writes."""
        return self._generator

    @property
    def busy(self) -> bool:
        """Whether a turn is under way, or the head is being moved."""
        return self._busy

    @property
    def unsaved(self) -> int:
        """How many turns stand on the screen but could not be saved yet."""
        return self._record.unsaved

    def chance(self) -> random.Random:
        """Return what the next turn's dice fall by: the same for the same seed and actions."""
        return random.Random(self._seed())

    @property
    def can_undo(self) -> bool:
        """Whether there is a turn to take back, to retry and to edit the action of."""
        return not self._busy and self.adventure.undo_target() is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone turn to go back to."""
        return not self._busy and self.adventure.redo_target() is not None

    # Turns.

    async def play(self, action: Action) -> AsyncGenerator[Event, None]:
        """Play `action` at the head.

        Raises InputRefused, and GeneratorError when the engine fails: no turn is made then, and
        the action stays kept as a draft until it is played again.
        """
        async with aclosing(self._turn(self.adventure, action)) as events:
            async for event in events:
                yield event

    async def retry(self) -> AsyncGenerator[Event, None]:
        """Write the last reply anew, beside the one there is. Raises as `play`."""
        last = self._idle().last("There is no reply to retry yet.")
        again = Action(last.kind, last.action)
        async with aclosing(self._turn(self._record.before(last), again)) as events:
            async for event in events:
                yield event

    async def edit_action(self, action: Action) -> AsyncGenerator[Event, None]:
        """Play `action` in place of the last one, beside it in the tree. Raises as `play`."""
        last = self._idle().last("There is no action to edit yet.")
        async with aclosing(self._turn(self._record.before(last), action)) as events:
            async for event in events:
                yield event

    async def edit_reply(self, text: str) -> TurnSaved:
        """Put the player's wording in place of the last turn's text, beside it in the tree."""
        last = self._idle().adventure.current_turn()
        if last is None:
            raise InputRefused("There is no reply to edit yet.")
        if not text.strip():
            raise InputRefused("An empty reply cannot be kept. Use undo to take the turn back.")
        _refuse_forbidden(text)
        edited = Provenance(ended="edited")
        with self._exclusive():
            done = await self._commit(
                last.parent, Action(last.kind, last.action), text.strip(), edited
            )
        self.read_ahead()
        return done

    async def undo(self) -> Turn:
        """Move the head to the turn before; return the turn taken back."""
        last = self._idle().last("There is nothing to undo: the story stands at its opening.")
        await self._stand_at(str(last.parent))
        return last

    async def redo(self) -> Turn:
        """Move the head forward again; return the turn gone to."""
        turn_id = self._idle().adventure.redo_target()
        if turn_id is None:
            raise InputRefused("There is nothing to redo.")
        await self._stand_at(turn_id)
        return self.adventure.turns[turn_id]

    def stop(self) -> None:
        """End the reply under way; what was written is kept."""
        if self._writing is not None:
            self._writing.stop()

    async def revise(
        self, *, title: str | None = None, memory: str | None = None, note: str | None = None
    ) -> None:
        """Change the title, the memory or the author's note. Raises InputRefused or NotSaved."""
        for text in filter(None, (title, memory, note)):
            _refuse_forbidden(text)
        await self._saving.run(self._record.revise, title, memory, note)
        if not self._busy:
            self.read_ahead()

    async def recover(self) -> TurnSaved | Action | None:
        """Return what a game that ended in the middle of a turn had kept.

        Its words become a turn; where there were none yet, the action is given back to be played.
        """
        draft = await self._saving.run(self._record.draft)
        if draft is None:
            return None
        action, text = Action(draft.kind, draft.action), draft.text.strip()
        if not text:
            return action
        return await self._commit(draft.parent, action, text, Provenance(ended="stopped"))

    # Between turns.

    def read_ahead(self) -> None:
        """Let the engine start and read the next prompt while the player reads or types."""
        self._ahead.begin(self._next_prompt)

    async def settle(self) -> None:
        """Wait until the engine has read ahead."""
        await self._ahead.settle()

    async def close(self) -> None:
        """Let the reply under way end; its words are saved by whoever reads its events."""
        self.stop()
        await self._ahead.end()
        with suppress(NotSaved, HeadMoved):
            await self._saving.run(self._record.flush)

    async def _next_prompt(self) -> str:
        return (await self._assemble(self.adventure, None)).prompt

    # One turn.

    async def _turn(self, base: Adventure, action: Action) -> AsyncGenerator[Event, None]:
        """Play `action` at the head of `base`: the adventure, or the adventure one turn before."""
        self._idle()
        _refuse_forbidden(action.text)
        draft = Draft(base.head, action.kind, action.text)
        started = time.monotonic()
        self._busy = True
        try:
            await self._saving.run(self._record.keep, draft)
            yield TurnStarted(action)
            await self._ahead.end()
            await self._generator.open()
            self.context = await self._assemble(base, action)
            self._writing = self._new_writing(base, action, self.context, started)
            async with aclosing(self._watched(self._writing, draft)) as events:
                async for event in events:
                    yield event
            over = await self._conclude(self._writing, draft)
        finally:
            self._busy = False
            self._writing = None
        self.read_ahead()  # before the news, for a caller may look no further
        yield over

    async def _watched(
        self, writing: Generation, draft: Draft
    ) -> AsyncGenerator[PrefillProgress | TextChunk | AttemptRejected, None]:
        """Yield the events of `writing`, keeping the draft as it grows."""
        kept_at, action = time.monotonic(), Action(draft.kind, draft.action)
        try:
            async with aclosing(writing.events()) as events:
                async for event in events:
                    yield event
                    if isinstance(event, TextChunk) and time.monotonic() - kept_at > DRAFT_INTERVAL:
                        kept_at = time.monotonic()
                        shown = replace(draft, text=writing.shown)
                        await self._saving.run(self._record.keep, shown)
        except (asyncio.CancelledError, GeneratorExit):
            # The window is closing: what the player has seen becomes a turn all the same.
            writing.stop()
            text, provenance = writing.result()
            if text:
                await self._commit(draft.parent, action, text, provenance)
            raise
        except GrueError:
            # The half reply is no turn; the action stays to be played again.
            await self._saving.run(self._record.keep, draft)
            raise

    async def _conclude(self, writing: Generation, draft: Draft) -> TurnSaved | TurnCancelled:
        text, provenance = writing.result()
        self.tokens_per_second = writing.tokens_per_second or self.tokens_per_second
        action = Action(draft.kind, draft.action)
        if not text:
            await self._saving.run(self._record.drop)
            return TurnCancelled(action)
        if safety.violates(text):
            text, provenance = safety.REFUSAL, replace(provenance, ended="refused")
        return await self._commit(draft.parent, action, text, provenance)

    async def _commit(
        self, parent: str | None, action: Action, text: str, provenance: Provenance
    ) -> TurnSaved:
        saved = self._saving.run(self._record.commit, parent, action, text, provenance)
        return TurnSaved(*await saved)

    async def _stand_at(self, turn_id: str) -> None:
        """Move the head to `turn_id`, then read ahead from there."""
        with self._exclusive():
            await self._saving.run(self._record.stand_at, turn_id)
        self.read_ahead()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Be busy for as long as the block runs: what moves the head does so alone."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def _idle(self) -> AdventureStore:
        """Return the record, where no turn is under way. Raises InputRefused where one is."""
        if self._busy:
            raise InputRefused("The story is still being written. Stop it first.")
        return self._record

    def _new_writing(
        self, base: Adventure, action: Action, context: Context, started: float
    ) -> Generation:
        line = base.path()
        earlier = [
            turn.text for turn in (*line[:1], *line[1:][-COMPARED_REPLIES:])
        ]  # the opening always
        second_person = bool(line) and prose.is_second_person(line[0].text)

        def score(reply: prose.FinishedReply) -> prose.Verdict:
            if safety.violates(reply.text):
                return FORBIDDEN
            return prose.score(reply, earlier=earlier)

        return Generation(
            self._generator,
            context,
            self.style,
            seed=self._seed(),
            score=score,
            new_reply=lambda: prose.ReplyBuilder(
                action.text, target_length=self.style.reply_characters, second_person=second_person
            ),
            started=started,
            prefetched_tokens=self._ahead.take_evaluated(),
            first_word=FIRST_WORD if second_person else "",
        )

    def _seed(self) -> int:
        """Return this turn's seed; the given one leads to the same story with the same actions."""
        if self.style.seed is None:
            return random.randrange(2**31)
        return (self.style.seed + SEED_STEP * len(self.adventure.turns)) % 2**31

    async def _assemble(self, base: Adventure, action: Action | None) -> Context:
        """Return the prompt, its front standing still where it can."""
        context = await build_prompt(
            base,
            action,
            budget=max(self._generator.model.context_length - self.style.max_tokens, 64),
            count=self._count,
            first=self.context.first if self.context else None,
            reserve=0 if action else ACTION_RESERVE,
        )
        self.context = context
        return context


def _refuse_forbidden(text: str) -> None:
    if safety.violates(text):
        raise InputRefused(safety.REFUSAL)
