"""One turn on its way into the saves: a draft from the first moment, a turn at the end.

Scripts change the action before it is kept, and the reply before it is. What they do is recorded in
the turn's provenance.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from dungeon.generator import TextChunk
from dungeon.scripts.active import ActiveScripts
from dungeon.story import Action, Adventure, Draft, Provenance, Turn
from dungeon.text import safety
from dungeon.threads import SerialThread
from dungeon.turns.adventure_store import AdventureStore
from dungeon.turns.generation import Generation, ReplyEvent
from dungeon.turns.same_reply import find_same
from dungeon.turns.turn_events import SameReply, TurnCancelled, TurnSaved

DRAFT_INTERVAL = 1.0
"""Seconds between two saves of an unfinished reply."""


class TurnInProgress:
    """A turn after the head of `base`, until it is saved, cancelled or has failed."""

    def __init__(
        self,
        store: AdventureStore,
        saving: SerialThread,
        scripts: ActiveScripts,
        base: Adventure,
        action: Action,
    ) -> None:
        self.base = base
        self.action = action
        """The player's action; scripts may have changed it once the turn has begun."""
        self._store = store
        self._saving = saving
        self._scripts = scripts
        self._sent = Draft(base.head, action.kind, action.text)
        self._is_new = False
        scripts.begin_turn()

    async def begin(self, *, is_new: bool) -> Action:
        """Save the draft, and return the action as scripts leave it.

        `is_new` says that the player has just sent it; one that is played again is not changed.
        """
        self._is_new = is_new
        await self._save_draft(self._sent)
        if is_new:
            self.action = await self._scripts.on_input(self.base, self.action)
        return self.action

    async def stream(
        self, generation: Generation, source: AsyncGenerator[ReplyEvent, None]
    ) -> AsyncGenerator[ReplyEvent, None]:
        """Yield the events of `generation` from `source`, and save the draft as it grows."""
        kept_at = time.monotonic()
        try:
            async with aclosing(source):
                async for event in source:
                    yield event
                    if isinstance(event, TextChunk) and time.monotonic() - kept_at > DRAFT_INTERVAL:
                        kept_at = time.monotonic()
                        grown = replace(self._sent, action=self.action.text, text=generation.shown)
                        await self._save_draft(grown)
        except (asyncio.CancelledError, GeneratorExit):
            generation.stop()
            await self._interrupt(*generation.result())
            raise

    async def finish(self, generation: Generation) -> TurnSaved | TurnCancelled | SameReply:
        """Save the finished reply, as scripts leave it; without a new one there is no turn."""
        text, provenance = generation.result()
        if not text:
            await self._saving.run(self._store.delete_draft)
            return TurnCancelled(self.action)
        told = self._store.adventure.replies_to(self._sent.parent, self.action)
        if (same := find_same(text, told)) is not None:
            return await self._stay(same)
        if safety.violates(text):
            text, provenance = safety.REFUSAL, replace(provenance, ended="refused")
        else:
            try:
                text = await self._scripts.on_output(self.base, self.action, text)
            except asyncio.CancelledError:
                await self._interrupt(text, provenance)
                raise
        return await self._commit(text, provenance)

    async def _stay(self, same: Turn) -> SameReply:
        """Make no turn: the reply `same` says it already. What was sent anew goes on from that one,
        and a retry leaves the turn that was to be replaced.
        """
        await self._saving.run(self._store.delete_draft)
        if self._is_new:
            await self._saving.run(self._store.move_head, same.id)
        return SameReply(self._store.last_turn("There is no reply yet."))

    async def fail(self) -> None:
        """Keep the action as it was sent, to be played again: half a reply is not a turn."""
        await self._save_draft(self._sent)

    async def _interrupt(self, text: str, provenance: Provenance) -> None:
        """Make a turn of what the player has seen, since the window is closing."""
        if text:
            await self._commit(text, replace(provenance, ended="interrupted"))

    async def _commit(self, text: str, provenance: Provenance) -> TurnSaved:
        roll = self.action.roll
        provenance = replace(
            provenance,
            scripts=self._scripts.end_turn(provenance.scripts),
            roll=roll.dump() if roll else "",
        )
        saved = self._saving.run(
            self._store.commit, self._sent.parent, self.action, text, provenance
        )
        return TurnSaved(*await saved)

    async def _save_draft(self, draft: Draft) -> None:
        await self._saving.run(self._store.save_draft, draft)
