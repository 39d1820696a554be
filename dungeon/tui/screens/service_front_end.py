"""The part of the FrontEnd that the app's services carry out, whichever screen plays the game."""

from abc import abstractmethod
from collections.abc import Mapping

from dungeon.commands.effects import View
from dungeon.session.saved_adventures import change_saves
from dungeon.session.setting_fields import read_change
from dungeon.story import Adventure
from dungeon.tui.services import Services


class ServiceFrontEnd:
    """Effects of commands that need nothing of the screen but a place for a sentence."""

    _services: Services

    @abstractmethod
    def show_message(self, message: str) -> None:
        """Show a sentence; the screen says where."""

    async def open_view(self, view: View, argument: str) -> None:
        """Open a view beside the story."""
        self._services.open_view(view, argument)

    async def use_model(self, reference: str) -> None:
        """Load another model in the background, and play on with it."""
        self._services.use_model(reference)

    async def cancel_download(self) -> None:
        """End the download of another model."""
        self._services.cancel_model_change()

    async def measure_speed(self) -> None:
        """Measure how fast the default model writes here."""
        self._services.measure_speed()

    async def save_settings(self, changes: Mapping[str, object]) -> None:
        """Save settings for the next game."""
        await self._services.change_settings(**changes)

    async def change_setting(self, name: str, text: str) -> None:
        """Change a setting, or say what it is."""
        services = self._services
        changes, message = read_change(name, text, services.settings, services.home)
        if changes:
            await services.change_settings(**changes)
        self.show_message(message)

    def speak(self, text: str) -> None:
        """Speak a text."""
        self._services.sounds.speak(text)

    async def begin_adventure(self, adventure: Adventure, message: str) -> None:
        """Store a new adventure and play it instead."""
        self._services.navigator.begin_stored(adventure, message)

    async def change_saves(self, argument: str) -> None:
        """Do with a saved adventure what stands behind /library, and say so."""
        game = self._services.game
        playing = game.adventure.id if game else ""
        self.show_message(
            await self._services.change_library(
                lambda library: change_saves(library, argument, playing)
            )
        )

    def quit(self) -> None:
        """Leave the game."""
        self._services.quit()
