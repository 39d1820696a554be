"""Import a file of Grue or of another program, and read what became of it."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from dungeon.errors import GrueError
from dungeon.session import file_transfer
from dungeon.threads import run_in_thread
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.services import Services
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeInput, SafeStatic


class ImportScreen(GrueScreen[None]):
    """An input for the path of a file, and below it the report of the import."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="import.back"),
    ]

    def __init__(self, services: Services, path: str = "") -> None:
        """`path` is imported at once."""
        super().__init__()
        self._services = services
        self._path = path

    def compose(self) -> ComposeResult:
        """Yield the input and the report."""
        yield SafeStatic("Import", classes="heading")
        yield SafeInput(self._path, id="import-path", compact=True,
                        placeholder="a file; Enter imports it")  # fmt: skip
        yield SafeStatic(_ABOUT, classes="hint", id="import-report")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Import the file that was named."""
        self.query_one(SafeInput).focus()
        if self._path:
            self.import_file(self._path)

    @on(SafeInput.Submitted)
    def _submit(self, event: SafeInput.Submitted) -> None:
        if event.value.strip():
            self.import_file(event.value)

    @work(exclusive=True, exit_on_error=False)
    async def import_file(self, path: str) -> None:
        """Import a file and show the report, or why it was refused."""
        report = self.query_one("#import-report", SafeStatic)
        try:
            library = await self._services.library()
            lines = await run_in_thread(
                file_transfer.import_file, path, library, self._services.home
            )
        except GrueError as error:
            report.update(str(error))
            return
        report.update("\n".join(lines))
        self.query_one(SafeInput).value = ""


_ABOUT = (
    "Stories, scenarios and characters of Grue, AI Dungeon, Clover, storybro, KoboldAI, Aventuras, "
    "Aetherroom, NovelAI and SillyTavern. Nothing that is here is replaced."
)
