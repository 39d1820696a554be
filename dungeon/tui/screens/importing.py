"""Import a file of Grue or of another program, and read what became of it."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.worker import Worker

from dungeon.errors import GrueError
from dungeon.session import file_transfer
from dungeon.session.file_transfer import Stored
from dungeon.threads import run_in_thread
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.services import LONG_NOTICE, Services
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic


class ImportScreen(GrueScreen[None]):
    """An input for the path of a file, and below it the report of the import.

    Enter on the empty input then opens what was imported. An import goes on where the screen is
    left: its report is then shown in a corner of the screen that the player is on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="import.back"),
    ]

    def __init__(
        self, services: Services, path: str = "", on_import: Callable[[], None] = lambda: None
    ) -> None:
        """`path` is imported at once; `on_import` is called after each import."""
        super().__init__()
        self._services = services
        self._path = path
        self._on_import = on_import
        self._stored: Stored | None = None
        """What was imported last."""
        self._reading: Worker[None] | None = None

    def compose(self) -> ComposeResult:
        """Yield the input and the report."""
        yield SafeStatic("Import", classes="heading")
        yield SafeInput(self._path, id="import-path", compact=True,
                        placeholder="a file or an address; Enter imports it")  # fmt: skip
        yield SafeStatic(_ABOUT, classes="hint", id="import-report")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Import the file that was named."""
        self.query_one(SafeInput).focus()
        if self._path:
            self._start(self._path)

    @on(SafeInput.Submitted)
    def _submit(self, event: SafeInput.Submitted) -> None:
        if event.value.strip():
            self._start(event.value)
        elif self._stored is not None:
            self._open(self._stored)

    def _start(self, path: str) -> None:
        """Import a file, unless one is being read: a second Enter makes no second copy."""
        if self._reading is None or self._reading.is_finished:
            self._reading = self.run_to_end(self._import(path))

    def _open(self, stored: Stored) -> None:
        """Resume the first adventure that was imported, or begin with the first scenario."""
        if stored.adventure_ids:
            self._services.navigator.resume(stored.adventure_ids[0])
        elif stored.scenario_names:
            self._services.navigator.begin_named(stored.scenario_names[0])

    async def _import(self, path: str) -> None:
        """Import a file and show the report. Where it is refused, say why, or raise GrueError if
        the screen is left.
        """
        services = self._services
        try:
            stored = await self._store(path)
        except GrueError as error:
            if not self.is_attached:
                raise  # the app says why
            self._show(str(error))
            return
        self._on_import()
        if not self.is_attached:
            services.notify("\n".join(stored.lines), timeout=LONG_NOTICE)
            return
        self._stored = stored
        self._show("\n".join([*stored.lines, "", _how_to_open(stored)]))
        self.query_one(SafeInput).value = ""

    async def _store(self, path: str) -> Stored:
        """Store what is at a path, or at an address. Raises GrueError."""
        home = self._services.home
        pack = await run_in_thread(file_transfer.find_pack, path)  # which may be downloaded
        if pack is not None:
            return await run_in_thread(file_transfer.install_pack, pack, home)
        return await self._services.change_library(
            lambda library: file_transfer.import_file(path, library, home)
        )

    def _show(self, report: str) -> None:
        self.query_one("#import-report", SafeStatic).update(report)


def _how_to_open(stored: Stored) -> str:
    what = "it" if len(stored.adventure_ids) + len(stored.scenario_names) == 1 else "the first"
    return f"Enter opens {what}." if stored.adventure_ids else f"Enter begins with {what}."


_ABOUT = (
    "Stories, scenarios and characters of Grue, AI Dungeon, Clover, storybro, KoboldAI, Aventuras, "
    "Aetherroom, NovelAI and SillyTavern; packs of scenarios, also by their address. Nothing that "
    "is here is replaced."
)
