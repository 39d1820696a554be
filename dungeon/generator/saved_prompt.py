"""Save the prompt that the game's own engine holds when it ends, for the next start, and those of
openings.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

from dungeon.generator.http_client import ModelServerClient, Timeouts
from dungeon.generator.llama_launcher import LlamaProcess
from dungeon.generator.slot_files import SlotFiles, prefix_hashes
from dungeon.generator.slot_keeper import Slot, SlotKeeper

LIMIT_BYTES = 256 << 20
"""Of all saved prompts: about ten adventures of the default model."""

_SAVE_SECONDS = 0.5
"""How long the player may wait for it at the end. An engine that is in the middle of a long prompt
answers later, and then nothing is saved."""

_RESTORE_SECONDS = 10


class SavedPrompt:
    """The prompt in the only slot of an engine."""

    def __init__(self, files: SlotFiles) -> None:
        self._keeper = SlotKeeper(files)
        self._slot = Slot(0)
        self._address = ""

    async def restore(self, child: LlamaProcess, prompt: str, *, is_opening: bool = False) -> None:
        """Restore what was saved of `prompt` if the child is a new one, and note that it holds it.

        In a child that has read prompts before, llama.cpp keeps those of other adventures itself.
        """
        if child.address != self._address:
            self._slot.clear()
            async with _client(child, Timeouts(prefill=_RESTORE_SECONDS)) as client:
                await self._keeper.prepare(client, self._slot, prompt, is_opening=is_opening)
            self._address = child.address  # not where it was cancelled: the next one tries again
        self._slot.prefixes, self._slot.is_saved = prefix_hashes(prompt), False

    async def save_opening(self, child: LlamaProcess) -> None:
        """Save the prompt that the child has just read, that of an opening."""
        async with _client(child, Timeouts()) as client:
            await self._keeper.save_opening(client, self._slot)

    async def save(self, child: LlamaProcess) -> None:
        """Save what the child holds."""
        if child.address != self._address:
            return
        with suppress(TimeoutError):
            async with _client(child, Timeouts()) as client, asyncio.timeout(_SAVE_SECONDS):
                await self._keeper.save(client, self._slot)


@asynccontextmanager
async def _client(
    child: LlamaProcess, timeouts: Timeouts
) -> AsyncGenerator[ModelServerClient, None]:
    client = ModelServerClient(child.address, child.token, timeouts)
    try:
        yield client
    finally:
        await client.close()
