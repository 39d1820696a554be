"""Play an adventure: every turn from the player's action to the saved reply, in the one safe order.

    action ─► draft saved ─► prompt ─► stream ─► finished reply ─► turn saved ─► turn shown

A turn is shown as done only after it is saved. What the player sees before that is a draft, which
survives a crash as well. A thread saves, one write after another, so the event loop never waits for
the disk. Between turns the engine prefetches the next prompt. The game yields events, which a front
end shows; it knows nothing of screens.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import TypeVar, Unpack

from dungeon.errors import GrueError, HeadMoved, InputRefused, NotSaved
from dungeon.generator import Generator
from dungeon.generator.scored_words import ScoredReply
from dungeon.memory.retrieval import TurnSearch
from dungeon.prompt.composer import PromptComposer
from dungeon.prompt.context import Context
from dungeon.scripts.library import ScriptLibrary
from dungeon.settings.generation import GenerationSettings
from dungeon.story import Action, Adventure, Changes, Provenance, Turn, texts_of
from dungeon.story.history import Revision
from dungeon.text import safety
from dungeon.threads import SerialThread, run_in_thread
from dungeon.turns.adventure_store import AdventureStore, Saves
from dungeon.turns.edited_turns import with_action, with_reply
from dungeon.turns.reply_writer import ReplyWriter
from dungeon.turns.suggestions import SuggestedActions
from dungeon.turns.turn_events import Event, ScriptSkipped, TurnEdited, TurnSaved, TurnStarted
from dungeon.turns.turn_in_progress import TurnInProgress

Result = TypeVar("Result")


class Game:
    """One adventure being played."""

    def __init__(
        self,
        saves: Saves,
        generator: Generator,
        adventure: Adventure,
        generation_settings: GenerationSettings | None = None,
        turn_search: TurnSearch | None = None,
        scripts: ScriptLibrary | None = None,
    ) -> None:
        """`turn_search` finds earlier turns to quote; without it none are quoted."""
        self.generation_settings = generation_settings or GenerationSettings()
        """How replies are written; may be replaced between turns."""
        self.tokens_per_second = 0.0
        """Speed of the last reply."""
        self.on_speed: Callable[[], None] | None = None
        """Called in a thread when the speed of a reply is known."""
        self.on_context: Callable[[], None] = lambda: None
        """Called when `context` has changed, which it also does between turns."""
        self.suggestions = SuggestedActions()
        self.scored_reply = ScoredReply()
        self._scripts = scripts or ScriptLibrary()
        self.active_scripts = self._scripts.activate()
        """The scripts that are on; replaced between turns."""
        self._store = AdventureStore(saves, adventure, lambda: self.generation_settings.state)
        self._saving = SerialThread("saves")
        self._turn_search = turn_search
        self._writer = self._new_writer(generator)
        self._free = asyncio.Event()
        self._free.set()

    def _new_writer(self, generator: Generator) -> ReplyWriter:
        return ReplyWriter(
            generator,
            self._turn_search,
            self._store,
            self._saving,
            lambda: self.generation_settings,
            lambda: self.on_context(),
            lambda base, action: self.active_scripts.on_context(base, action),
        )

    # State.

    @property
    def adventure(self) -> Adventure:
        """The adventure in its current state."""
        return self._store.adventure

    @property
    def context(self) -> Context | None:
        """The last prompt and the tokens of its parts."""
        return self._writer.composer.context

    @property
    def generator(self) -> Generator:
        """The generator of the replies."""
        return self._writer.generator

    @property
    def scripts(self) -> ScriptLibrary:
        """All scripts, on or not; `change_scripts` changes them."""
        return self._scripts

    @property
    def busy(self) -> bool:
        """Whether a turn is being played, or the head is being moved."""
        return not self._free.is_set()

    @property
    def unsaved(self) -> int:
        """Number of turns that are shown but could not be saved yet."""
        return self._store.unsaved

    def rng(self) -> random.Random:
        """Return the random generator of what is rolled next; a seed repeats the same rolls."""
        return random.Random(self.generation_settings.seed_for(len(self.adventure.turns)))

    @property
    def can_undo(self) -> bool:
        """Whether there is a turn to undo, to retry, or whose action can be edited."""
        return not self.busy and self.adventure.undo_target() is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone turn."""
        return not self.busy and self.adventure.redo_target() is not None

    # Turns.

    async def play(self, action: Action) -> AsyncGenerator[Event, None]:
        """Play `action` at the head.

        Raises InputRefused, and GeneratorError when the engine fails: then no turn is made, and the
        action stays saved as a draft until it is played again.
        """
        async with aclosing(self._turn(self.adventure, action, is_new=True)) as events:
            async for event in events:
                yield event

    async def retry(self, beginning: str = "") -> AsyncGenerator[Event, None]:
        """Generate another reply to the last action, as a new branch; it starts with `beginning`.

        Raises as `play`.
        """
        last = self._idle_store().last_turn("There is no reply to retry yet.")
        safety.refuse_forbidden(beginning)
        base, again = self._store.before_turn(last), last.answered
        async with aclosing(self._turn(base, again, beginning)) as events:
            async for event in events:
                yield event

    async def edit_action(self, action: Action) -> AsyncGenerator[Event, None]:
        """Play `action` instead of the last one, as a new branch. Raises as `play`."""
        last = self._idle_store().last_turn("There is no action to edit yet.")
        base = self._store.before_turn(last)
        async with aclosing(self._turn(base, action, is_new=True)) as events:
            async for event in events:
                yield event

    async def edit_reply(self, text: str, turn_id: str = "") -> TurnEdited:
        """Write the player's text in place of a turn's, the last one's by default, as a branch.

        The turns that follow on its line are carried over onto the branch.
        """
        old = self._idle_store().find(turn_id)
        return await self._replace(old, with_reply(old, text))

    async def correct_action(self, action: Action, turn_id: str) -> TurnEdited:
        """Write `action` in place of a turn's and keep its reply, as `edit_reply` does."""
        old = self._idle_store().find(turn_id)
        return await self._replace(old, with_action(old, action))

    async def _replace(self, old: Turn, edited: Turn) -> TurnEdited:
        with self._exclusive():
            done = await self._saving.run(self._store.replace_turn, old, edited)
        self.prefetch()
        return done

    async def undo(self, count: int = 1) -> Turn:
        """Take the last `count` turns back; return the earliest of them."""
        line = self._idle_store().adventure.path()
        if not 1 <= count < len(line):
            raise InputRefused("There is nothing to undo: the story stands at its opening.")
        await self._move_head(line[-count - 1].id)
        return line[-count]

    async def redo(self, count: int = 1) -> Turn:
        """Go forward by `count` undone turns; return the last of them."""
        undone = self._idle_store().adventure.undone()
        if not 1 <= count <= len(undone):
            raise InputRefused("There is nothing to redo.")
        await self._move_head(undone[count - 1].id)
        return undone[count - 1]

    async def move_to(self, turn_id: str) -> Turn:
        """Move the head to any turn, on whichever branch it is; return that turn."""
        turn = self._idle_store().adventure.turns.get(turn_id)
        if turn is None:
            raise InputRefused("There is no such turn in this adventure.")
        await self._move_head(turn_id)
        return turn

    def stop(self) -> None:
        """Stop the current reply; what is written so far is kept."""
        if self._writer.generation is not None:
            self._writer.generation.stop()

    async def revise(self, **changes: Unpack[Changes]) -> None:
        """Change fields of the adventure. Raises InputRefused or NotSaved."""
        for text in texts_of(changes):
            safety.refuse_forbidden(text)
        await self._saving.run(self._store.revise, changes)
        if not self.busy:
            self.prefetch()

    async def change_scripts(self, change: Callable[[ScriptLibrary], Result]) -> Result:
        """Return what `change` does to the scripts, and call those that are on after it.

        Raises InputRefused while a turn is played, and what `change` raises.
        """
        self._idle_store()
        with self._exclusive():
            await self._writer.idle_work.cancel()
            result = await run_in_thread(change, self._scripts)
            self.active_scripts = await run_in_thread(self._scripts.activate)
        self.prefetch()
        return result

    async def recover(self) -> TurnSaved | Action | None:
        """Recover the draft of a game that ended in the middle of a turn, if there is one.

        The text of the draft becomes a turn. Of a draft without text the action is returned, to be
        played again.
        """
        draft = await self._saving.run(self._store.load_draft)
        if draft is None:
            return None
        action, text = Action(draft.kind, draft.action), draft.text.strip()
        if not text:
            return action
        return await self._commit(draft.parent, action, text, Provenance(ended="interrupted"))

    async def former_values(self) -> Sequence[Revision]:
        """Return the values that fields of the adventure had before, as far as they can be read."""
        return await self._saving.run(self._store.former_values)

    # Between turns.

    async def wait_until_idle(self) -> None:
        """Wait until no turn is played, the head is not moved, and nothing else has the engine."""
        while self.busy:
            await self._free.wait()

    async def use_generator(self, generator: Generator, settings: GenerationSettings) -> None:
        """Play on with another model, from where the story stands.

        Raises InputRefused while a turn is played.
        """
        self._idle_store()
        before, self._writer = self._writer, self._new_writer(generator)
        self.generation_settings, self.tokens_per_second = settings, 0.0
        self.suggestions, self.scored_reply = SuggestedActions(), ScoredReply()
        await before.idle_work.cancel()
        if not self.busy:
            self.prefetch()

    def prefetch(self) -> None:
        """Start the engine and evaluate the next prompt in the background."""
        self._writer.idle_work.start()

    async def wait_for_prefetch(self) -> None:
        """Wait until the prefetch is done."""
        await self._writer.idle_work.wait()

    async def close(self) -> str:
        """Stop the current reply, which its consumer saves, and save turns that are not saved;
        return why they still are not, as a sentence.
        """
        self.stop()
        await self._writer.idle_work.cancel()
        try:
            await self._saving.run(self._store.flush)
        except (NotSaved, HeadMoved) as error:
            return str(error)
        return ""

    @asynccontextmanager
    async def idle_engine(self) -> AsyncGenerator[PromptComposer, None]:
        """Use the engine between turns for something else; it is ready, and the game is busy.

        Raises InputRefused while a turn is played, and GeneratorError.
        """
        self._idle_store()
        with self._exclusive():
            await self._writer.idle_work.cancel()
            await self.generator.open()
            yield self._writer.composer
        self.prefetch()

    # One turn.

    async def _turn(
        self, base: Adventure, action: Action, beginning: str = "", *, is_new: bool = False
    ) -> AsyncGenerator[Event, None]:
        """Play `action` at the head of `base`: the adventure, or its state before the last turn.

        `is_new` says that the player has just sent it, so that scripts may change it.
        """
        self._idle_store()
        safety.refuse_forbidden(action.text)
        started = time.monotonic()
        self._free.clear()
        turn = TurnInProgress(self._store, self._saving, self.active_scripts, base, action)
        try:
            yield TurnStarted(await turn.begin(is_new=is_new))
            async with aclosing(self._writer.write(turn, beginning, started)) as events:
                async for event in events:
                    yield event
            generation = self._writer.generation
            assert generation is not None  # noqa: S101 - there was one, or an error
            speed = generation.tokens_per_second
            self.tokens_per_second = speed or self.tokens_per_second
            ending = await turn.finish(generation)
            if speed and self.on_speed is not None:
                await run_in_thread(self.on_speed)
        except GrueError:
            await turn.fail()
            raise
        finally:
            self._free.set()
            self._writer.generation = None
            self.active_scripts.end_turn()
        self.prefetch()  # before the event, since a consumer may stop at it
        for failure in self.active_scripts.take_failures():
            yield ScriptSkipped(failure)
        yield ending

    async def _commit(
        self, parent: str | None, action: Action, text: str, provenance: Provenance
    ) -> TurnSaved:
        saved = self._saving.run(self._store.commit, parent, action, text, provenance)
        return TurnSaved(*await saved)

    async def _move_head(self, turn_id: str) -> None:
        """Move the head to `turn_id`, then prefetch the prompt there."""
        with self._exclusive():
            await self._saving.run(self._store.move_head, turn_id)
        self.prefetch()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Be busy while the block runs, since only one operation at a time may move the head."""
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def _idle_store(self) -> AdventureStore:
        """Return the store. Raises InputRefused while a turn is being played."""
        if self.busy:
            raise InputRefused("The story is still being written. Stop it first.")
        return self._store
