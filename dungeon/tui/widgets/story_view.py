"""The end of a story, which grows while a reply is written, and earlier turns on request.

Holds the widgets of a window of turns, so a story of thousands costs no more than one of fifty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget

from dungeon.session.views import count_of_turns
from dungeon.story import Action, Kind, Turn
from dungeon.text import clean_line
from dungeon.tui.widgets.safe_text import SafeStatic
from dungeon.tui.widgets.turn import ActionView, ProseView

INITIAL_TURNS = 24
"""Turns shown when a story is opened: more than the tallest screen holds, and quick to build."""

PAGE_TURNS = 50
"""Turns added with each page of earlier ones."""

MAX_TURNS = 90
"""Turns shown at most before those at the top are removed again."""

FADE_SECONDS = 0.6
"""Seconds in which a discarded attempt fades."""

MIN_TURNS = 10
"""Turns shown at least, where there are that many: undo must not leave the player with one."""

_MARGINS = 6
"""Columns beside the prose: padding on both sides, and room for the scroll bar."""

_CHOOSE = "The turn before or after it"
_SWIPE = "Another reply to its action"

_W = TypeVar("_W", bound=Widget)


@dataclass(slots=True)
class _ShownTurn:
    """One turn on the screen."""

    turn_id: str
    prose: ProseView
    widgets: list[Widget]


class EarlierTurns(SafeStatic):
    """Says above the oldest turn shown how many there are before it; a click shows some."""

    class Requested(Message):
        """The player asks for earlier turns."""

    def on_click(self, event: events.Click) -> None:
        """Request earlier turns."""
        event.stop()
        self.post_message(self.Requested())


class StoryView(VerticalScroll, can_focus=False):
    """The last turns of a story. It has the focus only while the player chooses one of them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", show=False, id="turn.earlier", tooltip=_CHOOSE),
        Binding("down", "choose(1)", show=False, id="turn.later", tooltip=_CHOOSE),
        Binding("enter", "act('go_to')", "Go here", id="turn.go", tooltip="Go there"),
        Binding("e", "act('edit')", "Edit", id="turn.edit", tooltip="Edit its reply"),
        Binding("a", "act('edit_action')", "Action", id="turn.action", tooltip="Edit its action"),
        Binding("r", "act('retry')", "Retry", id="turn.retry"),
        Binding("n", "act('name')", "Name", id="turn.name"),
        Binding("f", "act('fork')", "Fork", id="turn.fork"),
        Binding("y", "act('copy')", "Copy", id="turn.copy"),
        Binding("left", "act('swipe_back')", show=False, id="turn.reply_before", tooltip=_SWIPE),
        Binding("right", "act('swipe')", show=False, id="turn.reply_after", tooltip=_SWIPE),
        Binding("escape", "end_choice", "Back", id="turn.back"),
        Binding("f1", "app.show_keys", show=False, id="help", tooltip="Help"),
    ]

    @dataclass
    class TurnAction(Message):
        """Something is to be done with the chosen turn."""

        action: str
        turn_id: str

    class ChoiceChanged(Message):
        """Another turn is chosen, or none any more."""

    def __init__(self, width: int) -> None:
        """`width` is the widest the prose may get, in columns."""
        super().__init__(id="story")
        self._width = width
        self._line: Sequence[Turn] = ()
        self._first = 0
        self._shown: list[_ShownTurn] = []
        self._unfinished: _ShownTurn | None = None
        self.chosen = ""
        """The id of the turn that the player has chosen, if any."""

    def compose(self) -> ComposeResult:
        """Yield what is above the turns."""
        yield self._column(EarlierTurns(classes="earlier"))
        yield self._column(SafeStatic(classes="heading"))

    def on_mount(self) -> None:
        """Stay at the end while the story grows."""
        self.anchor()

    def set_width(self, width: int) -> None:
        """Let the prose be `width` columns wide at most."""
        self._width = width
        for widget in self.children:
            self._column(widget)

    # The whole story.

    async def show(self, title: str, line: Sequence[Turn]) -> None:
        """Show the end of `line`; the widgets of turns that are shown already stay."""
        self.set_title(title)
        self.cancel_turn()
        known = {shown.turn_id: shown for shown in self._shown}
        if len(line) - self._first < MIN_TURNS or not any(turn.id in known for turn in line):
            self._first = max(len(line) - INITIAL_TURNS, 0)
            known = known if self._first == 0 else {}
        wanted = line[self._first :]
        kept = {turn.id for turn in wanted} & known.keys()
        gone = [shown for shown in self._shown if shown.turn_id not in kept]
        fresh = [turn for turn in wanted if turn.id not in known]
        self._line = line
        async with self.batch():
            for shown in gone:
                await self.remove_children(shown.widgets)
            built = {turn.id: self._build(turn) for turn in fresh}
            await self.mount_all(widget for shown in built.values() for widget in shown.widgets)
        self._shown = [(built | known)[turn.id] for turn in wanted]
        self._update_earlier()

    def set_title(self, title: str) -> None:
        """Show the title above the opening."""
        self.query_one(".heading", SafeStatic).update(clean_line(title))

    async def load_earlier(self) -> None:
        """Show a page of earlier turns above, without moving what is being read."""
        if not self._first:
            return
        upto, self._first = self._first, max(self._first - PAGE_TURNS, 0)
        older = [self._build(turn) for turn in self._line[self._first : upto]]
        self.release_anchor()
        below = self.max_scroll_y - self.scroll_y
        async with self.batch():
            await self.mount_all(
                [widget for shown in older for widget in shown.widgets],
                after=self.query_one(".heading"),
            )
            self._shown = [*older, *self._shown]
            self._update_earlier()
        self.call_after_refresh(lambda: self.scroll_to(y=self.max_scroll_y - below, animate=False))

    # Choosing a turn.

    def choose(self, turn_id: str) -> None:
        """Highlight a turn, and take the keys for it until the choice ends."""
        shown = next((each for each in self._shown if each.turn_id == turn_id), None)
        if shown is None:
            return
        self._highlight(turn_id)
        self.can_focus = True
        self.screen.set_focus(self, scroll_visible=False)  # at once: the next key is for the turn
        self.release_anchor()
        self._reveal(shown)
        self.call_after_refresh(self._reveal, shown)  # a turn that is new has no size yet

    def _reveal(self, shown: _ShownTurn) -> None:
        """Scroll to all of a turn, or to its beginning where it is taller than the view."""
        self.scroll_to_widget(shown.widgets[-1], animate=False)
        height = sum(widget.outer_size.height for widget in shown.widgets)
        self.scroll_to_widget(shown.widgets[0], animate=False, top=height > self.size.height)

    async def action_choose(self, step: int) -> None:
        """Choose the turn before or after; behind the last one the choice ends."""
        if step < 0 and self._shown and self.chosen == self._shown[0].turn_id:
            await self.load_earlier()
        ids = [each.turn_id for each in self._shown]
        at = ids.index(self.chosen) + step if self.chosen in ids else len(ids)
        if at < len(ids):
            self.choose(ids[max(at, 0)])
        else:
            self.action_end_choice()

    def action_act(self, action: str) -> None:
        """Ask for something to be done with the chosen turn."""
        self.post_message(self.TurnAction(action, self.chosen))

    def action_end_choice(self) -> None:
        """Choose no turn any more; the focus goes elsewhere."""
        self._highlight("")
        self.can_focus = False
        self.anchor()

    def _highlight(self, turn_id: str) -> None:
        self.chosen = turn_id
        for shown in self._shown:
            for widget in shown.widgets:
                widget.set_class(bool(turn_id) and shown.turn_id == turn_id, "chosen")
        self.post_message(self.ChoiceChanged())

    # One turn under way.

    async def begin_turn(self, action: Action) -> None:
        """Show what the player does, and room for the reply."""
        self.cancel_turn()
        widgets = self._action_widgets(action)
        prose = self._column(ProseView(classes="prose streaming"))
        self._unfinished = _ShownTurn("", prose, [*widgets, prose])
        self.anchor()
        await self.mount_all(self._unfinished.widgets)

    def append_text(self, piece: str) -> None:
        """Add `piece` to the reply under way."""
        if self._unfinished is not None:
            self._unfinished.prose.append(piece)

    async def restart_reply(self) -> None:
        """Fade the attempt under way out, and make room for another."""
        if self._unfinished is None:
            return
        old, fresh = self._unfinished.prose, self._column(ProseView(classes="prose streaming"))
        await self.mount(fresh, after=old)
        self._unfinished.widgets[-1] = self._unfinished.prose = fresh
        _fade(old)

    async def remove_last_turn(self) -> None:
        """Show the story without its last turn, which is about to be replaced."""
        if self._shown:
            gone = self._shown.pop()
            self._line = self._line[:-1]
            await self.remove_children(gone.widgets)

    async def finish_turn(self, turn: Turn, *, saved: bool) -> None:
        """Let the reply under way become `turn`; mark it where it is not saved."""
        unfinished, self._unfinished = self._unfinished, None
        if unfinished is None:
            return
        unfinished.turn_id = turn.id
        unfinished.prose.finish(turn.text)
        unfinished.prose.remove_class("streaming")
        self._shown.append(unfinished)
        self._line = [*self._line, turn]
        if not saved:
            mark = self._column(SafeStatic("not saved", classes="unsaved"))
            unfinished.widgets.append(mark)
            await self.mount(mark)
        await self._remove_early_turns()

    async def mark_saved(self) -> None:
        """Remove the marks of turns that are not saved."""
        await self.query(".unsaved").remove()

    def cancel_turn(self) -> None:
        """Remove the turn under way, if there is one."""
        unfinished, self._unfinished = self._unfinished, None
        if unfinished is not None:
            self.remove_children(unfinished.widgets)

    # Widgets.

    def _build(self, turn: Turn) -> _ShownTurn:
        prose = self._column(ProseView(turn.text, classes="prose"))
        return _ShownTurn(turn.id, prose, [*self._action_widgets(turn.answered), prose])

    def _action_widgets(self, action: Action) -> list[Widget]:
        if not action.text:
            return []
        if action.kind is Kind.STORY:
            return [self._column(ProseView(action.text, classes="prose player-prose"))]
        if action.roll is None:
            return [self._column(ActionView(action.text, classes="action"))]
        return [
            self._column(ActionView(action.text, classes="action rolled")),
            self._column(SafeStatic(action.roll.explanation, classes="roll")),
        ]

    def _column(self, widget: _W) -> _W:
        widget.styles.max_width = self._width + _MARGINS
        return widget

    async def _remove_early_turns(self) -> None:
        """Remove turns from the top where there are too many and the player is not reading them."""
        if len(self._shown) <= MAX_TURNS or self.scroll_y < self.max_scroll_y:
            return
        gone, self._shown = self._shown[:-PAGE_TURNS], self._shown[-PAGE_TURNS:]
        self._first += len(gone)
        async with self.batch():
            await self.remove_children([widget for shown in gone for widget in shown.widgets])
            self._update_earlier()

    def _update_earlier(self) -> None:
        earlier = self.query_one(EarlierTurns)
        earlier.display = bool(self._first)
        self.query_one(".heading").display = not self._first
        earlier.update(f"▲ {count_of_turns(self._first)} before this")


def _fade(prose: ProseView) -> None:
    """Fade discarded words out, then remove them."""
    prose.add_class("discarded")

    def gone() -> None:
        prose.call_later(prose.remove)

    prose.styles.animate("text_opacity", 0.0, duration=FADE_SECONDS, on_complete=gone)
