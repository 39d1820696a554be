"""The settings that hold for every adventure, each with a sentence, and those of scripts."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands.effects import SaveSettings, View
from dungeon.commands.scripts import scripts
from dungeon.scripts import LoadedScript
from dungeon.scripts.setting import Setting, show
from dungeon.session.setting_fields import FIELDS, SettingField, find_field
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.setting_list_screen import SettingListScreen
from dungeon.tui.services import Services
from dungeon.tui.widgets.setting_list import setting_option

_SCRIPTS = "scripts"
_OF_SCRIPT = "/"
"""Between a script and its setting in the id of a line."""


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
        """Yield a line for each setting, those of scripts included, and one that leads to them."""
        settings = self._services.settings
        usual = type(settings)()
        for field in FIELDS:
            value = field.value_in(settings) or "–"
            how = f" Changed with {field.changed_by}." if field.changed_by else ""
            yield setting_option(field.name, value, field.value_in(usual), field.summary + how)
        for script, setting in self._script_settings():
            yield setting_option(
                setting.name,
                show(script.values[setting.name]),
                show(setting.default),
                f"{setting.summary} Of the script {script.name}.",
                option_id=_option_id(script, setting),
            )
        if game := self._services.game:
            names = ", ".join(game.active_scripts.names) or "none"
            about = "Scripts that are on; Enter shows all and their settings."
            yield setting_option(_SCRIPTS, names, "", about)

    def _script_settings(self) -> Iterator[tuple[LoadedScript, Setting]]:
        """Yield the settings of the scripts that are on in the game that is played."""
        if game := self._services.game:
            for script in game.active_scripts.loaded:
                yield from ((script, setting) for setting in script.script.settings)

    @property
    def _highlighted(self) -> SettingField | None:
        """The setting that is highlighted; None on the lines of the scripts."""
        line = self.highlighted_id
        return None if line in ("", _SCRIPTS) or _OF_SCRIPT in line else find_field(line)

    @property
    def _highlighted_of_script(self) -> tuple[LoadedScript, Setting] | None:
        """The setting of a script that is highlighted, and the script."""
        line = self.highlighted_id
        return next((each for each in self._script_settings() if _option_id(*each) == line), None)

    async def action_step(self, direction: int) -> None:
        """Change the highlighted setting by one step: the next choice, one more, or the other."""
        if of_script := self._highlighted_of_script:
            script, setting = of_script
            value = setting.step_from(script.values[setting.name], direction)
            await self.attempt(self._save_of_script(script, setting, show(value)))
            return
        field, services = self._highlighted, self._services
        if field is not None:
            value = field.next_value(services.settings, services.home, direction)
            await self._change(field, value)

    async def action_reset(self) -> None:
        """Give the highlighted setting its default value."""
        if of_script := self._highlighted_of_script:
            await self.attempt(self._save_of_script(*of_script, "default"))
        elif self._highlighted is not None:
            await self._change(self._highlighted, "default")

    @on(OptionList.OptionSelected)
    async def _select(self) -> None:
        field = self._highlighted
        if of_script := self._highlighted_of_script:
            self._ask_for_value_of_script(*of_script)
        elif field is None:
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

    @work(exclusive=True, exit_on_error=False)
    async def _ask_for_value_of_script(self, script: LoadedScript, setting: Setting) -> None:
        value = show(script.values[setting.name])
        question = InputDialog(f"{setting.name}, {setting.allowed}", value, setting.summary)
        typed = await self.app.push_screen_wait(question)
        if typed is not None:
            self.run_to_end(self.attempt(self._save_of_script(script, setting, typed)))

    async def _save_of_script(self, script: LoadedScript, setting: Setting, typed: str) -> None:
        if game := self._services.game:
            effect = await scripts(game, f"set {script.name} {setting.name} {typed}")
            if isinstance(effect, SaveSettings):
                await self._services.change_settings(**effect.changes)

    async def _change(self, field: SettingField, text: str) -> None:
        await self.attempt(self._save(field, text))

    async def _save(self, field: SettingField, text: str) -> None:
        value = field.parse(text, self._services.home)
        await self._services.change_settings(**{field.name: value})


def _option_id(script: LoadedScript, setting: Setting) -> str:
    return f"{script.name}{_OF_SCRIPT}{setting.name}"
