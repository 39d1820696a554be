"""The attributes of an adventure, and whether risky actions roll."""

from collections.abc import Iterator
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from dungeon.commands import dice
from dungeon.commands.effects import CarryOut
from dungeon.dice import DEFAULT_THRESHOLD, DiceRules
from dungeon.dice.rules_text import HOW, signed
from dungeon.session.dice_view import ABOUT_RISKY, ABOUT_THRESHOLD, RISKY, THRESHOLD, uses_of
from dungeon.tui.screens.input_dialog import InputDialog
from dungeon.tui.screens.setting_list_screen import SettingListScreen
from dungeon.tui.widgets.setting_list import setting_option
from dungeon.turns.game import Game


class AttributesScreen(SettingListScreen):
    """A list of the switch, the threshold and every attribute. Changes hold at once."""

    HEADING = "Attributes and dice"
    LIST_ID = "attributes"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_highlighted", "Type it", id="attributes.type"),
        Binding("n", "add", "Add", id="attributes.add"),
        Binding("delete,d", "remove", "Remove", id="attributes.remove"),
        Binding("escape,q", "dismiss", "Back", id="attributes.back"),
    ]

    def __init__(self, game: Game, carry_out: CarryOut) -> None:
        """`carry_out` takes the effects of commands."""
        super().__init__()
        self._game = game
        self._carry_out = carry_out

    @property
    def _rules(self) -> DiceRules:
        return self._game.adventure.dice

    def lines(self) -> Iterator[Option]:
        """Yield the switch, the threshold and the attributes."""
        rules = self._rules
        yield setting_option(RISKY, "on" if rules.risky else "off", "off", ABOUT_RISKY)
        needed = str(rules.threshold)
        yield setting_option(THRESHOLD, needed, str(DEFAULT_THRESHOLD), ABOUT_THRESHOLD)
        for each in rules.attributes:
            yield setting_option(each.name, signed(each.modifier), "", uses_of(rules, each))

    async def action_step(self, direction: int) -> None:
        """Change the highlighted line by one."""
        rules, name = self._rules, self.highlighted_id
        if name == RISKY:
            await self._change(f"{RISKY} {'off' if rules.risky else 'on'}")
        elif name == THRESHOLD:
            await self._change(f"{THRESHOLD} {rules.threshold + direction}")
        elif attribute := rules.find(name):
            await self._change(f"{name} {attribute.modifier + direction}")

    async def action_remove(self) -> None:
        """Remove the highlighted attribute, or give another line its default."""
        defaults = {RISKY: "off", THRESHOLD: str(DEFAULT_THRESHOLD)}
        if name := self.highlighted_id:
            await self._change(f"{name} {defaults.get(name, '-')}")

    @on(OptionList.OptionSelected)
    async def _select(self) -> None:
        if self.highlighted_id == RISKY:
            await self.action_step(1)
        elif self.highlighted_id:
            self._ask(self._typed_now())

    def action_add(self) -> None:
        """Ask for a further attribute."""
        self._ask("")

    def _typed_now(self) -> str:
        if self.highlighted_id == THRESHOLD:
            return f"{THRESHOLD} {self._rules.threshold}"
        attribute = self._rules.find(self.highlighted_id)
        return attribute.typed if attribute else ""

    @work(exclusive=True, exit_on_error=False)
    async def _ask(self, shown: str) -> None:
        typed = await self.app.push_screen_wait(
            InputDialog("Name, number, and verbs that use it", shown, HOW)
        )
        if typed and typed.strip():
            self.run_to_end(self._change(typed))

    async def _change(self, text: str) -> None:
        await self.attempt(self._run(text))

    async def _run(self, text: str) -> None:
        await self._carry_out(await dice.change(self._game, text))
