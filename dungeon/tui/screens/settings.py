"""The settings that hold for every adventure, each with a sentence."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList

from dungeon.commands.effects import View
from dungeon.errors import GrueError
from dungeon.session.setting_fields import FIELDS, SettingField, find_field
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.services import Services
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.tui.widgets.setting_list import SettingList, setting_option

_SCRIPTS = "scripts"


class SettingsScreen(GrueScreen[None]):
    """A list of the settings. A change is saved, and holds at once where it can."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f7", "dismiss", "Back", id="settings.back"),
        Binding("enter", "select_highlighted", "Change", id="settings.change"),
        Binding("d", "reset", "Default", id="settings.default"),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services

    def compose(self) -> ComposeResult:
        """Yield the list above what was refused."""
        yield SafeStatic("Settings", classes="heading")
        yield SettingList(id="settings", markup=False)
        yield SafeStatic(classes="error")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show the values."""
        self._show()
        listing = self.query_one(OptionList)
        listing.highlighted = 0
        listing.focus()

    def on_screen_resume(self) -> None:
        """Show which scripts another screen has switched on."""
        self._show()

    def _show(self) -> None:
        listing, settings = self.query_one(OptionList), self._services.settings
        at = listing.highlighted
        usual = type(settings)()
        options = [
            setting_option(
                field.name,
                field.value_in(settings) or "–",
                field.value_in(usual),
                field.summary,
            )
            for field in FIELDS
        ]
        if game := self._services.game:
            names = ", ".join(game.active_scripts.names) or "none"
            about = "Scripts that are on; Enter shows all and their settings."
            options.append(setting_option(_SCRIPTS, names, "", about))
        listing.set_options(options)
        listing.highlighted = at

    @property
    def _highlighted(self) -> SettingField | None:
        """The setting that is highlighted; None on the line that leads to the scripts."""
        option = self.query_one(OptionList).highlighted_option
        if option is None or option.id == _SCRIPTS:
            return None
        return find_field(option.id or "")

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
        elif isinstance(field.default, bool):
            await self.action_step(1)
        else:
            self._ask_for_value(field)

    @work(exclusive=True, exit_on_error=False)
    async def _ask_for_value(self, field: SettingField) -> None:
        value = field.value_in(self._services.settings)
        typed = await self.app.push_screen_wait(InputDialog(field.name, value, field.summary))
        if typed is not None:
            await self._change(field, typed)

    async def _change(self, field: SettingField, text: str) -> None:
        refusal = ""
        try:
            value = field.parse(text, self._services.home)
            await self._services.change_settings(**{field.name: value})
        except GrueError as error:
            refusal = str(error)
        self.query_one(".error", SafeStatic).update(refusal)
        self._show()
