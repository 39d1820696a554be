"""A screen with a story on it: the keys that scroll it."""

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.widgets.story_view import EarlierTurns, StoryView


class StoryScreen(GrueScreen[None]):
    """Scrolls its story by pages, to the start and to the end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "scroll_pages(-1)", show=False, id="page_up"),
        Binding("pagedown", "scroll_pages(1)", show=False, id="page_down"),
        Binding("ctrl+home", "scroll_to_start", show=False, id="page_first"),
        Binding("ctrl+end", "scroll_to_end", show=False, id="page_last"),
    ]

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
