"""Provides StoryView: the end of a story, growing while it is written, and the way back in it.

Holds the widgets of a window of turns, so a story of thousands costs no more than one of fifty.
Knows nothing of games: it is given turns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from dungeon.story import Action, Kind, Turn
from dungeon.text import clean_line
from dungeon.tui.when import turns as turns_said
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.tui.widgets.turn import ActionView, ProseView

OPENED = 24
"""Turns shown when a story is opened: more than the tallest screen holds, and soon there."""

WINDOW = 50
"""Turns added by each look back."""

MOST = 90
"""Turns shown at most before those at the top are let go again."""

FADE = 0.6
"""Seconds in which a discarded attempt fades."""

FEWEST = 10
"""Turns shown at least, where there are that many: undo must not leave the player with one."""

_MARGINS = 6
"""Columns beside the prose: padding on both sides, and room for the scroll bar."""

_W = TypeVar("_W", bound=Widget)


@dataclass(slots=True)
class _Shown:
    """One turn on the screen."""

    turn_id: str
    prose: ProseView
    widgets: list[Widget]


class Earlier(SafeStatic):
    """Stands above the oldest turn shown; a click shows older ones."""

    class Wanted(Message):
        """The player wants to look further back."""

    def on_click(self, event: events.Click) -> None:
        """Ask for older turns."""
        event.stop()
        self.post_message(self.Wanted())


class StoryView(VerticalScroll, can_focus=False):
    """The story as far as it is shown."""

    def __init__(self, width: int) -> None:
        """`width` is the widest the prose may get, in columns."""
        super().__init__(id="story")
        self._width = width
        self._line: Sequence[Turn] = ()
        self._first = 0
        self._shown: list[_Shown] = []
        self._growing: _Shown | None = None

    def compose(self) -> ComposeResult:
        """Yield what stands above the turns."""
        yield self._fitted(Earlier(classes="earlier"))
        yield self._fitted(SafeStatic(classes="heading"))

    def on_mount(self) -> None:
        """Stay at the end while the story grows."""
        self.anchor()

    # The whole.

    async def show(self, title: str, line: Sequence[Turn]) -> None:
        """Show `line`, or its end, anew; what is the same stays where it is."""
        self.query_one(".heading", SafeStatic).update(clean_line(title))
        self._drop_growing()
        known = {shown.turn_id: shown for shown in self._shown}
        if len(line) - self._first < FEWEST or not any(turn.id in known for turn in line):
            self._first = max(len(line) - OPENED, 0)
            known = known if self._first == 0 else {}
        wanted = line[self._first :]
        kept = {turn.id for turn in wanted} & known.keys()
        gone = [shown for shown in self._shown if shown.turn_id not in kept]
        fresh = [turn for turn in wanted if turn.id not in known]
        self._line = line
        async with self.batch():
            for shown in gone:
                await self.remove_children(shown.widgets)
            built = {turn.id: self._built(turn) for turn in fresh}
            await self.mount_all(widget for shown in built.values() for widget in shown.widgets)
        self._shown = [(built | known)[turn.id] for turn in wanted]
        self._tell_earlier()

    async def load_earlier(self) -> None:
        """Show older turns above, and leave what is read where it stands."""
        if not self._first:
            return
        upto, self._first = self._first, max(self._first - WINDOW, 0)
        older = [self._built(turn) for turn in self._line[self._first : upto]]
        self.release_anchor()
        below = self.max_scroll_y - self.scroll_y
        async with self.batch():
            await self.mount_all(
                [widget for shown in older for widget in shown.widgets],
                after=self.query_one(".heading"),
            )
            self._shown = [*older, *self._shown]
            self._tell_earlier()
        self.call_after_refresh(lambda: self.scroll_to(y=self.max_scroll_y - below, animate=False))

    # One turn under way.

    async def begin(self, action: Action) -> None:
        """Show what the player does, and room for the answer."""
        self._drop_growing()
        widgets = self._action(action.kind, action.text)
        prose = self._fitted(ProseView(classes="prose growing"))
        self._growing = _Shown("", prose, [*widgets, prose])
        self.anchor()
        await self.mount_all(self._growing.widgets)

    def write(self, piece: str) -> None:
        """Add `piece` to the answer under way."""
        if self._growing is not None:
            self._growing.prose.write(piece)

    async def again(self) -> None:
        """Let the attempt under way fade, and make room for another."""
        if self._growing is None:
            return
        old, fresh = self._growing.prose, self._fitted(ProseView(classes="prose growing"))
        await self.mount(fresh, after=old)
        self._growing.widgets[-1] = self._growing.prose = fresh
        _fade(old)

    async def take_back(self) -> None:
        """Show the story without its last turn: it is about to be told anew."""
        if self._shown:
            gone = self._shown.pop()
            self._line = self._line[:-1]
            await self.remove_children(gone.widgets)

    async def settle(self, turn: Turn, *, saved: bool) -> None:
        """Let the answer under way become `turn`; say so where it is not saved."""
        growing, self._growing = self._growing, None
        if growing is None:
            return
        growing.turn_id = turn.id
        growing.prose.settle(turn.text)
        growing.prose.remove_class("growing")
        self._shown.append(growing)
        self._line = [*self._line, turn]
        if not saved:
            mark = self._fitted(SafeStatic("not saved", classes="unsaved"))
            growing.widgets.append(mark)
            await self.mount(mark)
        await self._let_go()

    async def mark_saved(self) -> None:
        """Take away what says that turns are not saved."""
        await self.query(".unsaved").remove()

    def drop(self) -> None:
        """Forget the turn under way."""
        self._drop_growing()

    # Inside.

    def _built(self, turn: Turn) -> _Shown:
        prose = self._fitted(ProseView(turn.text, classes="prose"))
        return _Shown(turn.id, prose, [*self._action(turn.kind, turn.action), prose])

    def _action(self, kind: Kind, text: str) -> list[Widget]:
        if not text:
            return []
        if kind is Kind.STORY:
            return [self._fitted(ProseView(text, classes="prose told"))]
        return [self._fitted(ActionView(text, classes="deed"))]

    def _fitted(self, widget: _W) -> _W:
        widget.styles.max_width = self._width + _MARGINS
        return widget

    def _drop_growing(self) -> None:
        growing, self._growing = self._growing, None
        if growing is not None:
            self.remove_children(growing.widgets)

    async def _let_go(self) -> None:
        """Take turns from the top where there are too many and the player is not up there."""
        if len(self._shown) <= MOST or self.scroll_y < self.max_scroll_y:
            return
        gone, self._shown = self._shown[:-WINDOW], self._shown[-WINDOW:]
        self._first += len(gone)
        async with self.batch():
            await self.remove_children([widget for shown in gone for widget in shown.widgets])
            self._tell_earlier()

    def _tell_earlier(self) -> None:
        earlier = self.query_one(Earlier)
        earlier.display = bool(self._first)
        self.query_one(".heading").display = not self._first
        earlier.update(f"▲ {turns_said(self._first)} before this")


def _fade(prose: ProseView) -> None:
    """Let discarded words go out slowly, and then be gone."""
    prose.add_class("discarded")

    def gone() -> None:
        prose.call_later(prose.remove)

    prose.styles.animate("text_opacity", 0.0, duration=FADE, on_complete=gone)
