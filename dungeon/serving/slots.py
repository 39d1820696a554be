"""Give each request a slot of the engine: the one that holds its adventure, or a free one, into
which its saved state is restored.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from dungeon.generator.http_client import ModelServerClient, Timeouts
from dungeon.generator.slot_files import SlotFiles, prefix_hashes
from dungeon.generator.slot_keeper import Slot, SlotEvent, SlotKeeper

_ACTION_SECONDS = 10
"""How long saving or restoring a slot may take; longer is slower than reading the prompt."""


def prompt_text(document: Mapping[str, Any]) -> str:
    """Return the text by which the adventure of a request is recognised: its prompt, or its chat;
    empty where it is neither, as a list of prompts.
    """
    match document:
        case {"prompt": str(prompt)}:
            return prompt
        case {"messages": list(messages)}:
            return json.dumps(messages, ensure_ascii=False)
        case _:
            return ""


class SlotScheduler:
    """Assigns the slots of one engine. Requests beyond their number wait their turn."""

    def __init__(
        self, files: SlotFiles, slots: int, note: Callable[[SlotEvent], None] = lambda _: None
    ) -> None:
        self._keeper = SlotKeeper(files, note)
        self._slots = [Slot(number) for number in range(slots)]
        self._idle = list(self._slots)
        self._turn = asyncio.Semaphore(slots)
        self._requests = 0
        self._client: ModelServerClient | None = None

    @asynccontextmanager
    async def assign(self, address: str, key: str, prompt: str) -> AsyncGenerator[int, None]:
        """Give the number of the slot that is to answer `prompt` on the engine at `address`."""
        async with self._turn:
            await self._connect(address, key)
            prefixes = prefix_hashes(prompt)
            slot = self._choose(prefixes)
            self._idle.remove(slot)
            try:
                if self._client is not None:
                    await self._keeper.prepare(self._client, slot, prompt)
                slot.prefixes, slot.is_saved = prefixes, False
                yield slot.number
            finally:
                self._requests += 1
                slot.used = self._requests
                self._idle.append(slot)

    async def close(self) -> None:
        """Save the slots that are idle."""
        if self._client is not None:
            await self._keeper.save_all(self._client, self._idle)
            await self._client.close()

    def _choose(self, prefixes: tuple[str, ...]) -> Slot:
        """Return the idle slot that holds most of the prompt, else the one unused for longest."""
        best = max(self._idle, key=lambda slot: slot.matches(prefixes))
        if best.matches(prefixes):
            return best
        return min(self._idle, key=lambda slot: slot.used)

    async def _connect(self, address: str, key: str) -> None:
        """Use the engine at `address`. The slots of a new one are empty."""
        if self._client is not None and self._client.root == address:
            return
        previous, self._client = (
            self._client,
            ModelServerClient(address, key, Timeouts(prefill=_ACTION_SECONDS)),
        )
        for slot in self._slots:
            slot.clear()
        if previous is not None:
            await previous.close()
