"""Change to another model in line mode: at once, or after a download in the background."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from dungeon.errors import GrueError
from dungeon.models.catalog import CatalogEntry
from dungeon.models.download_notice import licence_notice
from dungeon.session import Session
from dungeon.session.model_change import download_needed
from dungeon.session.model_loader import ModelLoader
from dungeon.threads import run_in_thread


class ModelChange:
    """The change to another model; one that needs a download goes on while lines are played."""

    def __init__(
        self,
        session: Session,
        use: Callable[[str, ModelLoader], Awaitable[None]],
        say: Callable[[str], None],
    ) -> None:
        """`use` plays on with a loaded model; `say` writes a message."""
        self._session = session
        self._use = use
        self._say = say
        self._download: asyncio.Task[None] | None = None
        self._name = ""
        self.playing = asyncio.Lock()
        """Held while a line is carried out: a model is replaced between two lines."""

    @property
    def is_downloading(self) -> bool:
        """Whether a download is under way."""
        return self._download is not None and not self._download.done()

    async def start(
        self, reference: str, confirm: Callable[[CatalogEntry], Awaitable[bool]]
    ) -> None:
        """Change to the model; `confirm` asks before a download. Raises GrueError."""
        home = self._session.home
        entry = await run_in_thread(download_needed, reference, home)
        if entry is None:
            loader = await self._session.load_model(reference)
            await self.cancel()  # what is chosen last tells the story
            await self._use(reference, loader)
            return
        if self.is_downloading:
            self._say(f"{self._name} is being downloaded. /models cancel ends that.")
            return
        length = self._session.settings.context_length
        for line in await run_in_thread(licence_notice, entry, home.models, length):
            self._say(line)
        if not await confirm(entry):
            return
        self._name = entry.name
        self._download = asyncio.create_task(self._change(reference))
        self._say(f"{entry.name} is being downloaded while you play on. /models shows how far.")

    async def cancel(self) -> bool:
        """End the download; return whether there was one. What is here stays."""
        if self._download is None or self._download.done():
            return False
        self._download.cancel()
        with suppress(asyncio.CancelledError):
            await self._download
        self._say(f"The download is stopped and kept as far as it is: /model {self._name} resumes.")
        return True

    async def _change(self, reference: str) -> None:
        try:
            loader = await self._session.load_model(reference)
            try:
                async with self.playing:
                    await self._use(reference, loader)
            finally:
                if loader is not self._session.model_loader:  # cancelled while a line was played
                    await loader.close()
        except GrueError as error:
            self._say(str(error))
