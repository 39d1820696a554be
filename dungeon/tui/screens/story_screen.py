"""A screen with a story on it: scrolling it, and doing something with one of its turns."""

import asyncio
from abc import abstractmethod
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from dungeon.commands import branches
from dungeon.commands.effects import Effect
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.turn_actions import TurnActions
from dungeon.tui.widgets.story_view import EarlierTurns, StoryView
from dungeon.turns.game import Game

_PAGES = "Look back and on; at the top, earlier turns are shown"
_ENDS = "The first turn shown, and the end"


class StoryScreen(GrueScreen[None]):
    """Scrolls its story, and carries out what is asked for a turn that the player has chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll_pages(-1)", show=False, id="page_up", tooltip=_PAGES),
        Binding("pagedown", "scroll_pages(1)", show=False, id="page_down", tooltip=_PAGES),
        Binding("ctrl+home", "scroll_to_start", show=False, id="page_first", tooltip=_ENDS),
        Binding("ctrl+end", "scroll_to_end", show=False, id="page_last", tooltip=_ENDS),
    ]

    game: Game

    def __init__(self) -> None:
        super().__init__()
        self._acting = asyncio.Lock()
        """Held while something is done with a turn: a key behind it waits, and cancels nothing."""

    @abstractmethod
    async def carry_out(self, effect: Effect, *, line: str = "") -> None:
        """Carry `effect` out; `line`, which was typed for it, comes back where a turn fails."""

    @property
    def story(self) -> StoryView:
        """The story."""
        return self.query_one(StoryView)

    async def action_scroll_pages(self, pages: int) -> None:
        """Scroll a page up or down; above the first turn shown, load earlier ones."""
        if pages < 0 and self.story.scroll_y <= 0:
            await self.story.load_earlier()
        elif pages < 0:
            self.story.scroll_page_up()
        else:
            self.story.scroll_page_down()

    def action_scroll_to_start(self) -> None:
        """Scroll to the first turn shown."""
        self.story.scroll_home()

    def action_scroll_to_end(self) -> None:
        """Scroll to the end of the story, and stay there."""
        self.story.anchor()

    @on(EarlierTurns.Requested)
    async def _load_earlier(self) -> None:
        await self.story.load_earlier()

    # Turns.

    def choose_turn(self) -> None:
        """Let the player choose a turn, beginning with the current one."""
        self.story.choose(self.game.adventure.head or "")

    @on(StoryView.TurnAction)
    def _act_on_turn(self, event: StoryView.TurnAction) -> None:
        work = self._act(event.action, event.turn_id)
        self.run_worker(work, group="turn action", exit_on_error=False)

    async def _act(self, action: str, turn_id: str) -> None:
        """Do something with a turn. Raises GrueError."""
        async with self._acting:
            if action in _SWIPES:  # of the reply that a swipe before this one has led to
                await self._swipe_turn(self.story.chosen or turn_id, _SWIPES[action])
                return
            done = await getattr(TurnActions(self.app, self.game, self.carry_out), action)(turn_id)
            if done and action not in _STAYS:
                self.story.action_end_choice()

    async def _swipe_turn(self, turn_id: str, step: int) -> None:
        """Show the reply before or after the turn's, of those to the same action."""
        replies = [turn.id for turn in self.game.adventure.replies(turn_id)]
        at = replies.index(turn_id) + step
        if 0 <= at < len(replies):
            await self.carry_out(await branches.go_to(self.game, replies[at]))
            self.choose_turn()


_SWIPES = {"swipe_back": -1, "swipe": 1}
_STAYS = ("name", "copy")
"""The actions after which the turn is still chosen."""
