"""Save the prompt that the game's own engine holds when it ends, for the next start."""

import asyncio
from contextlib import suppress

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

    async def restore(self, child: LlamaProcess, prompt: str) -> None:
        """Restore what was saved of `prompt` if the child is a new one, and note that it holds it.

        In a child that has read prompts before, llama.cpp keeps those of other adventures itself.
        """
        if child.address != self._address:
            self._slot.clear()
            self._address = child.address
            client = ModelServerClient(
                child.address, child.token, Timeouts(prefill=_RESTORE_SECONDS)
            )
            try:
                await self._keeper.prepare(client, self._slot, prompt)
            finally:
                await client.close()
        self._slot.prefixes, self._slot.is_saved = prefix_hashes(prompt), False

    async def save(self, child: LlamaProcess) -> None:
        """Save what the child holds."""
        if child.address != self._address:
            return
        client = ModelServerClient(child.address, child.token, Timeouts())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_SAVE_SECONDS):
                    await self._keeper.save(client, self._slot)
        finally:
            await client.close()
