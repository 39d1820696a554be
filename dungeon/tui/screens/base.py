"""Provides GrueScreen and GrueDialog, which every screen is one of.

They know the app they are on, and hand what nobody foresaw in a worker to it. Know nothing else.
"""

from typing import TYPE_CHECKING, TypeVar, cast

from textual.screen import ModalScreen, Screen
from textual.worker import Worker

if TYPE_CHECKING:
    from dungeon.tui.app import GrueApp

Result = TypeVar("Result")


class GrueScreen(Screen[Result]):
    """A screen of the game."""

    @property
    def grue(self) -> "GrueApp":
        """The app."""
        return cast("GrueApp", self.app)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Let the app say what went wrong in a worker of this screen."""
        self.grue.on_worker_state_changed(event)


class GrueDialog(GrueScreen[Result], ModalScreen[Result]):
    """A screen that stands over another one until it is answered."""
