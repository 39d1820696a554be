"""What is true in the story, and what was found: confirm, correct or dismiss it."""

from collections.abc import Awaitable, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon import state
from dungeon.commands import state as commands
from dungeon.commands.effects import CarryOut, Effect
from dungeon.errors import GrueError
from dungeon.session.state_view import (
    HEADINGS,
    NOTHING,
    SWITCHED_OFF,
    entry_text,
    suggestion_line,
)
from dungeon.state import Suggestion
from dungeon.story.state_events import Change
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.turns.game import Game

_ADD = "Add what?"
_EXAMPLES = "a lamp   ·   place: the mill   ·   Bram is your friend   ·   quest: find the ring"


class StateScreen(GrueScreen[None]):
    """A list: suggestions first, then everything that is true."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "accept", "Confirm", id="state.accept"),
        Binding("c", "correct", "Correct", id="state.correct"),
        Binding("delete,d", "dismiss_entry", "Dismiss", id="state.remove"),
        Binding("u", "restore", "Restore", id="state.restore"),
        Binding("n", "add", "Add", id="state.add"),
        Binding("f9", "accept_all", "Confirm all", id="state.accept_all"),
        Binding("escape,q,f8", "dismiss", "Back", id="state.back"),
    ]

    def __init__(self, game: Game, carry_out: CarryOut) -> None:
        super().__init__()
        self._game = game
        self._carry_out = carry_out
        self._rows: list[Suggestion | Change] = []

    def compose(self) -> ComposeResult:
        """Yield the list."""
        yield SafeStatic("What is true here", classes="heading")
        yield SafeStatic(classes="about")
        yield OptionList(id="state-list", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """List everything."""
        self._list()
        self.query_one(OptionList).focus()

    def _list(self) -> None:
        """List what is there now, and stay at the same row."""
        listing = self.query_one(OptionList)
        at = listing.highlighted or 0
        now, found = state.state_at(self._game.adventure), commands.open_suggestions(self._game)
        width = max(map(len, HEADINGS.values()))
        entries = [entry for category in HEADINGS for entry in now.of(category)]
        self._rows = [*found, *entries]
        lines = [
            f"? {suggestion_line(n, one, self._game.adventure)}" for n, one in enumerate(found, 1)
        ]
        lines += [f"{HEADINGS[each.category]:<{width}}  {entry_text(each)}" for each in entries]
        listing.set_options(map(Option, lines))
        listing.highlighted = min(at, len(lines) - 1) if lines else None
        self.query_one(".about", SafeStatic).update(self._about(bool(found), entries))
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to restore only where something was removed or dismissed."""
        if action == "restore":
            return state.last_taken_away(self._game.adventure) is not None
        return super().check_action(action, parameters)

    def _about(self, has_found: bool, entries: Sequence[Change]) -> str:
        if self._game.generation_settings.state == "off":
            return SWITCHED_OFF
        if has_found:
            about = "What was found in the story begins with ?; Enter confirms it."
        elif entries:
            about = "It belongs to this turn: undo and other branches have their own."
        else:
            about = f"{NOTHING} What you take, where you go, who dies: it is found as you play."
        return f"{about} {commands.hidden_from_model(self._game, entries)}".rstrip()

    def _highlighted(self) -> Suggestion | Change | None:
        position = self.query_one(OptionList).highlighted
        return None if position is None else self._rows[position]

    async def _decide(self, decision: Awaitable[Effect]) -> None:
        """Carry out a decision, or say why it cannot be, and list what is there then.

        The actions that ask nothing wait for it, in no worker: so the next key finds the list as
        this one leaves it.
        """
        try:
            await self._carry_out(await decision)
        except GrueError as error:
            self.app.notify(str(error), severity="warning", markup=False)
        if self.is_attached:
            self._list()

    @on(OptionList.OptionSelected)
    async def action_accept(self) -> None:
        """Confirm the highlighted suggestion."""
        if isinstance(one := self._highlighted(), Suggestion):
            await self._decide(commands.accept(self._game, [one]))

    async def action_accept_all(self) -> None:
        """Confirm every suggestion."""
        if found := commands.open_suggestions(self._game):
            await self._decide(commands.accept(self._game, found))

    async def action_dismiss_entry(self) -> None:
        """Dismiss the highlighted suggestion, or let the highlighted entry be true no longer."""
        match self._highlighted():
            case Suggestion() as one:
                await self._decide(commands.reject(self._game, [one]))
            case Change() as entry:
                await self._decide(commands.remove(self._game, entry))

    async def action_restore(self) -> None:
        """Take back what was removed or dismissed last."""
        await self._decide(commands.restore(self._game))

    @work(exclusive=True, exit_on_error=False)
    async def action_correct(self) -> None:
        """Ask for the right words of the highlighted row, and let them be true."""
        row = self._highlighted()
        if row is None:
            return
        shown = entry_text(row.change if isinstance(row, Suggestion) else row)
        typed = await self._ask("What is right?", shown)
        if not typed or typed == shown:
            return
        if isinstance(row, Suggestion):
            self.run_to_end(self._decide(commands.correct(self._game, row, typed)))
        else:
            self.run_to_end(self._decide(commands.correct_entry(self._game, row, typed)))

    @work(exclusive=True, exit_on_error=False)
    async def action_add(self) -> None:
        """Ask what else is true."""
        if typed := await self._ask(_ADD, ""):
            self.run_to_end(self._decide(commands.add(self._game, typed)))

    async def _ask(self, question: str, default: str) -> str:
        dialog = InputDialog(question, default, _EXAMPLES)
        return (await self.app.push_screen_wait(dialog) or "").strip()
