"""Save a slot of llama.cpp before its prompt is replaced, and restore the state of an adventure."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

from dungeon.errors import GeneratorError
from dungeon.generator.slot_files import SlotFiles, common_blocks, prefix_hashes

SlotEvent = Literal["query", "hit", "save"]
"""A prompt that no slot holds; one whose state was restored; a state that was saved."""


class SlotClient(Protocol):
    """The engine's HTTP interface, as `ModelServerClient` has it."""

    async def request_json(self, path: str, document: Any = None) -> Any:
        """Return the response to a POST. Raises GeneratorError."""


@dataclass(slots=True)
class Slot:
    """What a slot of the engine holds."""

    number: int
    prefixes: tuple[str, ...] = ()
    """The prefix hashes of its last prompt; empty where it holds none."""
    is_saved: bool = True
    used: int = 0
    """When it was last used, as a count."""

    def matches(self, prefixes: tuple[str, ...]) -> int:
        """Return the blocks of a prompt that the slot holds: 0 where they are the smaller part of
        its own, as with two adventures of one scenario, of which neither should replace the other.
        """
        blocks = common_blocks(self.prefixes, prefixes)
        return blocks if 2 * blocks >= len(self.prefixes) else 0

    def clear(self) -> None:
        """Note that it holds nothing."""
        self.prefixes, self.is_saved = (), True


class SlotKeeper:
    """Keeps the states of an engine's slots in `files`. Nothing that fails here is an error for the
    player: the prompt is then evaluated.
    """

    def __init__(
        self, files: SlotFiles, note: Callable[[SlotEvent], None] = lambda _: None
    ) -> None:
        """`note` is told what happens, for metrics."""
        self._files = files
        self._note = note
        self._is_off = False

    async def prepare(
        self, client: SlotClient, slot: Slot, prompt: str, *, is_opening: bool = False
    ) -> None:
        """Let `slot` hold as much of `prompt` as it did before or a saved state does; what it held
        of another prompt is saved first. `is_opening` says that an adventure begins with it.
        """
        prefixes = prefix_hashes(prompt)
        resident = slot.matches(prefixes)
        saved, blocks = self._files.find(prefixes, is_opening=is_opening)
        if not resident and prefixes:
            self._note("query")
        if saved is None or blocks <= resident:
            if not resident:
                await self.save(client, slot)
            return
        await self.save(client, slot)
        if not await asyncio.to_thread(self._files.is_intact, saved):
            return
        if await self._act(client, slot, "restore", saved.name):
            self._note("hit")
            slot.prefixes, slot.is_saved = saved.prefixes, True
        else:
            self._files.remove(saved.name)
            slot.clear()

    async def save_opening(self, client: SlotClient, slot: Slot) -> None:
        """Save the opening that the slot holds, unless that was saved before."""
        saved, blocks = self._files.find(slot.prefixes, is_opening=True)
        if saved is not None and saved.is_opening and blocks == len(slot.prefixes):
            slot.is_saved = True
        else:
            await self.save(client, slot, is_opening=True)

    async def save(self, client: SlotClient, slot: Slot, *, is_opening: bool = False) -> None:
        """Save what the slot holds, unless it is saved already or too short to be worth it."""
        if slot.is_saved or not slot.prefixes or self._is_off:
            return
        slot.is_saved = True
        name = self._files.new_name()
        try:
            self._files.create_folder()
        except OSError:
            self._is_off = True  # a full or read-only disk: nothing is saved any more
            return
        add = partial(self._files.add, name, slot.prefixes, is_opening=is_opening)
        is_kept = False
        try:
            if await self._act(client, slot, "save", name):
                is_kept = await asyncio.to_thread(add)
                self._is_off = not is_kept  # the state of one adventure is larger than the limit
        finally:
            if not is_kept:  # as where the player acts meanwhile
                self._files.remove(name)
        if is_kept:
            self._note("save")

    async def save_all(self, client: SlotClient, slots: Sequence[Slot]) -> None:
        """Save every slot."""
        for slot in slots:
            await self.save(client, slot)

    async def _act(self, client: SlotClient, slot: Slot, action: str, name: str) -> bool:
        """Return whether the engine did it."""
        try:
            await client.request_json(f"/slots/{slot.number}?action={action}", {"filename": name})
        except GeneratorError:
            return False
        return True
