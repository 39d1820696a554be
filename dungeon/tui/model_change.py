"""Change to another model in the background: ask, download, load, and only then play on with it."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.app import App

from dungeon.models.catalog import CatalogEntry
from dungeon.session import Session
from dungeon.session.model_change import download_needed
from dungeon.session.model_loader import LoadState, ModelLoader
from dungeon.threads import run_in_thread
from dungeon.tui.screens.confirm_dialog import ConfirmDialog

if TYPE_CHECKING:
    from textual.worker import Worker


class ModelChange:
    """The change that is under way, if there is one."""

    def __init__(
        self,
        app: App[None],
        session: Session,
        use: Callable[[str, ModelLoader], Awaitable[None]],
        show_state: Callable[[LoadState], None],
    ) -> None:
        """`use` plays on with a loaded model; `show_state` shows how far the loading is."""
        self._app = app
        self._session = session
        self._use = use
        self._show_state = show_state
        self._worker: Worker[None] | None = None
        self._reference = ""
        """The model that is on its way; empty where none is."""
        self._changes = 0

    @property
    def is_under_way(self) -> bool:
        """Whether another model is being downloaded or loaded."""
        return bool(self._reference)

    def start(self, reference: str) -> None:
        """Load the model at `reference` in the background, in place of any other."""
        if self.is_under_way and reference == self._reference:
            self._app.notify("It is on its way. It tells the story once it has loaded.")
            return
        asking = self._start(reference)
        self._app.run_worker(asking, group="ask", exclusive=True, exit_on_error=False)

    def cancel(self) -> None:
        """End the change; what is downloaded stays, to be resumed when the model is chosen."""
        if self._worker is None or not self.is_under_way:
            self._app.notify("Nothing is being downloaded.")
            return
        self._reference = ""
        self._worker.cancel()
        self._app.notify("Cancelled. What is downloaded is kept; choose the model again to resume.")

    async def _start(self, reference: str) -> None:
        entry = await run_in_thread(download_needed, reference, self._session.home)
        if entry is not None and not await self._confirm(entry):
            return
        self._reference = reference
        self._changes += 1
        changing = self._change(reference, self._changes)
        self._worker = self._app.run_worker(
            changing, group="model", exclusive=True, exit_on_error=False
        )

    async def _confirm(self, entry: CatalogEntry) -> bool:
        from dungeon.models.download_notice import licence_notice

        length = self._session.settings.context_length
        notice = await run_in_thread(licence_notice, entry, self._session.home.models, length)
        dialog = ConfirmDialog(f"Download {entry.title}?", "\n".join(notice), yes="Download")
        return await self._app.push_screen_wait(dialog)

    async def _change(self, reference: str, number: int) -> None:
        try:
            await self._use_loaded(reference)
        finally:
            if number == self._changes:  # no other one has taken its place
                self._reference = ""
            self._show_state(self._session.model_loader.state)

    async def _use_loaded(self, reference: str) -> None:
        loader = await self._session.load_model(reference)
        try:
            await self._use(reference, loader)
        finally:
            if loader is not self._session.model_loader:  # cancelled while a reply was written
                await loader.close()
