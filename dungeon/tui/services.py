"""The services that screens use: what a screen may ask of the app it is on."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from dungeon.commands.effects import View
from dungeon.files.home import Home
from dungeon.files.line_history import LineHistory
from dungeon.generator.server_detection import FoundModel
from dungeon.session.model_loader import ModelLoader
from dungeon.session.turn_sounds import TurnSounds
from dungeon.settings import Settings
from dungeon.tui.navigation import Navigator
from dungeon.turns.game import Game

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from dungeon.saves.library import Library
    from dungeon.saves.search import Hit

Result = TypeVar("Result")

LONG_NOTICE = 20.0
"""Seconds for which a report, or a sentence about the player's files, stays on the screen."""


class Services(Protocol):
    """What a screen may use. The app implements it; a test may put anything in its place."""

    home: Home
    navigator: Navigator

    @property
    def settings(self) -> Settings:
        """The player's settings."""

    @property
    def line_history(self) -> LineHistory:
        """What the player typed, in this session and before."""

    @property
    def model_loader(self) -> ModelLoader:
        """The model, as far as it is loaded."""

    @property
    def model_reference(self) -> str:
        """The model as the player named it; empty for the default."""

    @property
    def game(self) -> Game | None:
        """The game that is being played, if there is one."""

    def now(self) -> datetime:
        """Return the time, with its time zone."""

    async def library(self) -> "Library":
        """Return the saves, opened where they are not yet. Raises SavesError."""

    async def change_library(self, change: "Callable[[Library], Result]") -> Result:
        """Return what `change` does to the saves: in the order asked for, and to its end even where
        the screen is left meanwhile. Raises what it raises.
        """

    async def search(self, query: str) -> "Sequence[Hit]":
        """Return the turns that match, the best first. Raises InputRefused or SavesError."""

    async def change_settings(self, **changes: object) -> None:
        """Change settings, save them, and let them hold in the game that is being played, where
        they can. Raises InputRefused or NotSaved.
        """

    async def find_served_models(self) -> list[FoundModel]:
        """Return the models of the model servers that run on this machine."""

    def load_model(self) -> None:
        """Load the model in the background."""

    def use_model(self, reference: str) -> None:
        """Load another model in the background, then play on with it and save the choice. The
        current one plays until then, and stays where the other cannot be loaded. Before a
        download the player is asked.
        """

    @property
    def is_changing_model(self) -> bool:
        """Whether another model is being downloaded or loaded."""

    def cancel_model_change(self) -> None:
        """End the download or the loading of another model; what is downloaded stays."""

    def measure_speed(self) -> None:
        """Measure in the background how fast the default model writes here."""

    def open_view(self, view: View, argument: str = "") -> None:
        """Show a view beside the story or the title."""

    @property
    def sounds(self) -> TurnSounds:
        """Speech and the bell."""

    def notify(
        self,
        message: str,
        *,
        severity: "SeverityLevel" = "information",
        timeout: float | None = None,
    ) -> None:
        """Show a sentence in a corner of the screen for `timeout` seconds, or as usual."""

    def set_terminal_title(self, title: str) -> None:
        """Show the adventure's title as the title of the terminal's window."""

    def quit(self) -> None:
        """Let what is being written be saved, then leave."""
