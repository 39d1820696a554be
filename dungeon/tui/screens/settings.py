"""The settings that hold for every adventure, each with a sentence."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands.effects import View
from dungeon.session.setting_fields import FIELDS, SettingField, find_field
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.setting_list_screen import SettingListScreen
from dungeon.tui.services import Services
from dungeon.tui.widgets.setting_list import setting_option

_SCRIPTS = "scripts"


class SettingsScreen(SettingListScreen):
    """A list of the settings. A change is saved, and holds at once where it can."""

    HEADING = "Settings"
    LIST_ID = "settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f7", "dismiss", "Back", id="settings.back"),
        Binding("enter", "select_highlighted", "Change", id="settings.change"),
        Binding("d", "reset", "Default", id="settings.default"),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services

    def lines(self) -> Iterator[Option]:
        """Yield a line for each setting, and the one that leads to the scripts."""
        settings = self._services.settings
        usual = type(settings)()
        for field in FIELDS:
            value = field.value_in(settings) or "–"
            how = f" Changed with {field.changed_by}." if field.changed_by else ""
            yield setting_option(field.name, value, field.value_in(usual), field.summary + how)
        if game := self._services.game:
            names = ", ".join(game.active_scripts.names) or "none"
            about = "Scripts that are on; Enter shows all and their settings."
            yield setting_option(_SCRIPTS, names, "", about)

    @property
    def _highlighted(self) -> SettingField | None:
        """The setting that is highlighted; None on the line that leads to the scripts."""
        line = self.highlighted_id
        return None if line in ("", _SCRIPTS) else find_field(line)

    async def action_step(self, direction: int) -> None:
        """Change the highlighted setting by one step: the next choice, one more, or the other."""
        field, services = self._highlighted, self._services
        if field is not None:
            value = field.next_value(services.settings, services.home, direction)
            await self._change(field, value)

    async def action_reset(self) -> None:
        """Give the highlighted setting its default value."""
        if self._highlighted is not None:
            await self._change(self._highlighted, "default")

    @on(OptionList.OptionSelected)
    async def _select(self) -> None:
        field = self._highlighted
        if field is None:
            self._services.open_view(View.SCRIPTS)
        elif isinstance(field.default, bool) or field.changed_by:  # which refuses, and says how
            await self.action_step(1)
        else:
            self._ask_for_value(field)

    @work(exclusive=True, exit_on_error=False)
    async def _ask_for_value(self, field: SettingField) -> None:
        value, home = field.value_in(self._services.settings), self._services.home
        typed = await self.app.push_screen_wait(InputDialog(field.name, value, field.about(home)))
        if typed is not None:
            self.run_to_end(self._change(field, typed))

    async def _change(self, field: SettingField, text: str) -> None:
        await self.attempt(self._save(field, text))

    async def _save(self, field: SettingField, text: str) -> None:
        value = field.parse(text, self._services.home)
        await self._services.change_settings(**{field.name: value})
