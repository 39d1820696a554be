"""Scripts and their settings: what is trusted and on, and what each setting does."""

from collections.abc import Awaitable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands.effects import CarryOut, Effect
from dungeon.commands.scripts import scripts, trust_question
from dungeon.errors import GrueError
from dungeon.scripts.library import FoundScript, Status
from dungeon.scripts.setting import Setting, show
from dungeon.session.script_views import summary
from dungeon.threads import run_in_thread
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.screens.confirm_dialog import ConfirmDialog
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.tui.widgets.setting_list import SettingList, setting_option
from dungeon.turns.game import Game

_HINT = "Enter trusts a script, switches it on or off, or types a value."


class ScriptsScreen(GrueScreen[None]):
    """A list of the scripts, each above its settings. Changes hold at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", "Back", id="scripts.back"),
        Binding("enter", "select_highlighted", "Change", id="scripts.change"),
        Binding("d", "reset", "Default", id="scripts.default"),
        Binding("x", "revoke", "Trust no longer", id="scripts.revoke"),
    ]

    def __init__(self, game: Game, carry_out: CarryOut) -> None:
        """`carry_out` takes the effects of commands."""
        super().__init__()
        self._game = game
        self._carry_out = carry_out
        self._found: tuple[FoundScript, ...] = ()

    def compose(self) -> ComposeResult:
        """Yield the list above what was refused."""
        yield SafeStatic("Scripts and their settings", classes="heading")
        yield SafeStatic(id="about-scripts", classes="hint")
        yield SettingList(id="scripts", markup=False)
        yield SafeStatic(classes="error")
        yield KeyFooter()

    async def on_mount(self) -> None:
        """Show what there is."""
        await self._attempt(None)
        listing = self.query_one(OptionList)
        listing.highlighted = 0 if listing.option_count else None
        listing.focus()

    async def _show(self) -> None:
        """Look again, since files may have changed. Raises InputRefused."""
        self._found = await run_in_thread(self._game.scripts.find)
        if not self.is_attached:  # it was left meanwhile
            return
        options: list[Option] = []
        for each in self._found:
            options.append(_script_option(each))
            settings = each.script.settings if each.script else ()
            options += [_setting_option(each, setting) for setting in settings]
        listing, hint = self.query_one(OptionList), self.query_one("#about-scripts", SafeStatic)
        at = listing.highlighted
        listing.set_options(options)
        listing.highlighted = at
        lines = [_HINT if options else f"Put Python files into {self._game.scripts.folder}."]
        lines += [f"{name} has no name for a script." for name in self._game.scripts.misnamed()]
        hint.update("\n".join(lines))

    @property
    def _highlighted(self) -> tuple[FoundScript, str] | None:
        """The highlighted script, and the name of its setting; empty for the script itself."""
        option = self.query_one(OptionList).highlighted_option
        name, _, setting = ((option.id if option else None) or "").partition("/")
        return next(((each, setting) for each in self._found if each.name == name), None)

    @on(OptionList.OptionSelected)
    async def _select(self) -> None:
        match self._highlighted:
            case (found, "") if not found.is_trusted:
                self._ask_for_trust(found)
            case (found, ""):
                word = "on" if found.status is Status.OFF else "off"
                await self._run(f"{word} {found.name}")
            case (found, setting):
                self._ask_for_value(found, setting)

    async def action_step(self, direction: int) -> None:
        """Change the highlighted setting by one step."""
        match self._highlighted:
            case (found, name) if name:
                setting, value = found.setting(name)
                await self._set(found, name, show(setting.step_from(value, direction)))

    async def action_reset(self) -> None:
        """Give the highlighted setting its default value."""
        match self._highlighted:
            case (found, name) if name:
                await self._set(found, name, "default")

    async def action_revoke(self) -> None:
        """Trust the highlighted script no longer."""
        if self._highlighted:
            await self._run(f"revoke {self._highlighted[0].name}")

    @work(exclusive=True, exit_on_error=False)
    async def _ask_for_trust(self, found: FoundScript) -> None:
        question = ConfirmDialog(
            f"Trust the script {found.name}?", trust_question(found), yes="Trust it"
        )
        if await self.app.push_screen_wait(question):
            self.run_to_end(self._run(f"trust {found.name} {found.sha256}"))

    @work(exclusive=True, exit_on_error=False)
    async def _ask_for_value(self, found: FoundScript, name: str) -> None:
        setting, value = found.setting(name)
        question = InputDialog(f"{name}, {setting.allowed}", show(value), setting.summary)
        typed = await self.app.push_screen_wait(question)
        if typed is not None:
            self.run_to_end(self._set(found, name, typed))

    async def _set(self, found: FoundScript, name: str, typed: str) -> None:
        await self._run(f"set {found.name} {name} {typed}")

    async def _run(self, argument: str) -> None:
        await self._attempt(scripts(self._game, argument))

    async def _attempt(self, effect: Awaitable[Effect] | None) -> None:
        """Carry out the effect of a command and look again, or say why it was refused."""
        refusal = ""
        try:
            if effect is not None:
                await self._carry_out(await effect)
            await self._show()
        except GrueError as error:
            refusal = str(error)
        if self.is_attached:
            self.query_one(".error", SafeStatic).update(refusal)
        elif refusal:
            self.app.notify(refusal, severity="warning", markup=False)


def _script_option(found: FoundScript) -> Option:
    colour = "$success" if found.status is Status.ON else "$warning"
    shown = Content.assemble(
        (f"{found.name:<20}", "bold"), (str(found.status), colour), "\n",
        (summary(found), "$foreground 70%"),
    )  # fmt: skip
    return Option(shown, id=found.name)


def _setting_option(found: FoundScript, setting: Setting) -> Option:
    return setting_option(
        f"  {setting.name}",
        show(found.values[setting.name]),
        show(setting.default),
        f"  {setting.summary}",
        option_id=f"{found.name}/{setting.name}",
    )
