"""The summary of what no longer fits the prompt, and every version of it."""

from collections.abc import Awaitable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands import summary as commands
from dungeon.commands.effects import CarryOut, Effect, OpenView, View
from dungeon.errors import GrueError
from dungeon.session.summary_view import describe, nothing, state_line, version_line
from dungeon.settings.summary_method import SUMMARY_NOTES
from dungeon.story import StorySummary
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.turns.game import Game


class SummaryScreen(GrueScreen[None]):
    """The versions, the newest first, above the text of the highlighted one; * holds now."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Edit", id="summary.edit"),
        Binding("p", "pin", "Pin or unpin", id="summary.pin"),
        Binding("enter", "restore", "Use this version", id="summary.restore"),
        Binding("m", "method", "Who writes it", id="summary.method"),
        Binding("escape", "dismiss", "Back", id="summary.back"),
    ]

    def __init__(self, game: Game, carry_out: CarryOut) -> None:
        """`carry_out` takes the effects of commands."""
        super().__init__()
        self._game = game
        self._carry_out = carry_out
        self._versions: Sequence[StorySummary] = ()

    def compose(self) -> ComposeResult:
        """Yield the versions above a text."""
        yield SafeStatic("The story so far", classes="heading")
        yield SafeStatic(classes="about", id="summary-state")
        yield OptionList(id="summary-versions", markup=False)
        with VerticalScroll(can_focus=False, id="summary-text"):
            yield SafeStatic()
        yield SafeStatic(classes="error")
        yield KeyFooter()

    def on_mount(self) -> None:
        """List the versions."""
        self.query_one(OptionList).focus()

    def on_screen_resume(self) -> None:
        """Show what the editor has changed."""
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to restore only a version, and to pin only where there is one."""
        return bool(self._versions) if action in ("restore", "pin") else True

    def _show(self) -> None:
        self._versions = commands.versions(self._game)
        listing, count = self.query_one(OptionList), len(self._versions)
        listing.set_options(
            Option(version_line(self._game, count - at, version))
            for at, version in enumerate(self._versions)
        )
        current = (at for at in range(count) if not self._is_other(at))
        listing.highlighted = next(current, 0) if count else None
        self.query_one("#summary-state", SafeStatic).update(state_line(self._game))
        self._show_text(listing.highlighted or 0)
        self.refresh_bindings()

    @on(OptionList.OptionHighlighted)
    def _highlight(self, event: OptionList.OptionHighlighted) -> None:
        self._show_text(event.option_index)

    def _show_text(self, at: int) -> None:
        version = self._versions[at] if at < len(self._versions) else None
        text = (
            f"{version.text or '(empty)'}\n\n{self._about(version)}"
            if version
            else nothing(self._game)
        )
        text += "\n\nEnter makes this version the summary again." if self._is_other(at) else ""
        self.query_one("#summary-text SafeStatic", SafeStatic).update(text)

    def _is_other(self, at: int) -> bool:
        """Whether this version is not the summary already."""
        return at < len(self._versions) and not commands.is_current(self._game, self._versions[at])

    def _about(self, version: StorySummary) -> str:
        return f"{describe(self._game.adventure, version).capitalize()}."

    async def action_edit(self) -> None:
        """Edit the summary."""
        await self._carry_out(OpenView(View.SUMMARY_TEXT))

    async def action_pin(self) -> None:
        """Pin the summary, or unpin it."""
        current = self._game.adventure.summary()
        pinned = current is not None and current.pinned
        await self._attempt(commands.pin(self._game, pinned=not pinned))

    @on(OptionList.OptionSelected)
    async def action_restore(self) -> None:
        """Go back to the highlighted version."""
        at = self.query_one(OptionList).highlighted
        if at is not None and self._is_other(at):
            await self._attempt(commands.restore(self._game, self._versions[at]))

    async def action_method(self) -> None:
        """Take the next way to write it."""
        choices = list(SUMMARY_NOTES)
        at = choices.index(self._game.generation_settings.summary)
        await self._carry_out(commands.choose(self._game, choices[(at + 1) % len(choices)]))
        self._show()

    async def _attempt(self, effect: Awaitable[Effect]) -> None:
        """Carry out the effect of a command, or say why it was refused."""
        refusal = ""
        try:
            await self._carry_out(await effect)
        except GrueError as error:
            refusal = str(error)
        self.query_one(".error", SafeStatic).update(refusal)
        self._show()
