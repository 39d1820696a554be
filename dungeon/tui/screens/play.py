"""Provides PlayScreen: a story being told, and the line in which the player goes on with it.

Effects of commands are carried out here, and nowhere else. Knows nothing of how a turn is made.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Footer

from dungeon.commands import (
    Effect,
    Message,
    OpenView,
    PlayTurn,
    Quit,
    StopTurn,
    StoryChanged,
    find,
    parse_line,
)
from dungeon.errors import GrueError, InputRefused
from dungeon.game import Event, Game, TurnCancelled, TurnSaved
from dungeon.generator import Generator
from dungeon.story import Action
from dungeon.tui.key_bindings import bindings
from dungeon.tui.model_loader import Stage, State
from dungeon.tui.screens.base import GrueScreen
from dungeon.tui.turn_presenter import TurnPresenter
from dungeon.tui.widgets.activity_line import ActivityLine
from dungeon.tui.widgets.prompt_bar import PromptBar, as_typed
from dungeon.tui.widgets.status_line import Figures, StatusLine
from dungeon.tui.widgets.story_view import Earlier, StoryView

if TYPE_CHECKING:
    from textual.worker import Worker

LEAVE_WITHIN = 0.7
"""Seconds that a reply under way has to end and be saved by itself when the player leaves."""

STOP_WITHIN = 1.5
"""Seconds that it has when the player stops it; then it is broken off, and its words are kept."""

WAIT = "The story is still being written. Your line waits here."


class PlayScreen(GrueScreen[None]):
    """One adventure being played."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(),
        Binding("escape", "clear_line", show=False, id="clear"),
        Binding("pageup", "look(-1)", show=False, id="page_up"),
        Binding("pagedown", "look(1)", show=False, id="page_down"),
        Binding("ctrl+home", "look_to_start", show=False, id="page_first"),
        Binding("ctrl+end", "look_to_end", show=False, id="page_last"),
    ]

    def __init__(self, game: Game) -> None:
        super().__init__()
        self.game = game
        self._telling: TurnPresenter | None = None
        self._turn: Worker[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    # What is seen.

    def compose(self) -> ComposeResult:
        """Yield the status, the story, and the line to type in."""
        yield StatusLine()
        yield StoryView(self.grue.session.settings.width)
        with Vertical(id="below"):
            yield ActivityLine()
            yield PromptBar()
        yield Footer(compact=True)

    async def on_mount(self) -> None:
        """Show the story, and what a game that broke off had kept."""
        recovered = await self._recovered()
        self.desk.line.focus()  # first: what is typed while the story is being shown counts
        await self.show_story()
        match recovered:
            case Action(kind, text):
                self.desk.put(as_typed(kind, text), kind)
                self.foot.say("You had begun this when the game ended. Enter sends it.")
            case TurnSaved(warning=""):
                self.foot.say("The reply was cut short when the game ended; its words are kept.")
            case TurnSaved(warning=warning):
                self.foot.warn(warning)
        self.show_engine(self.grue.engine.state)
        self.game.read_ahead()

    async def _recovered(self) -> TurnSaved | Action | None:
        try:
            return await self.game.recover()
        except GrueError as error:
            self.grue.tell(str(error), wrong=True)
            return None

    @property
    def story(self) -> StoryView:
        """Where the story stands."""
        return self.query_one(StoryView)

    @property
    def foot(self) -> ActivityLine:
        """Where is said what is going on."""
        return self.query_one(ActivityLine)

    @property
    def desk(self) -> PromptBar:
        """Where the player types."""
        return self.query_one(PromptBar)

    @property
    def writing(self) -> bool:
        """Whether a turn is under way, or about to be."""
        return self.game.busy or not self._idle.is_set()

    async def show_story(self) -> None:
        """Show the adventure as it stands."""
        adventure = self.game.adventure
        self.grue.name_terminal(adventure.title)
        await self.story.show(adventure.title, adventure.line())
        if not self.game.unsaved:
            await self.story.mark_saved()
        self.show_figures()

    def show_figures(self) -> None:
        """Tell the figures as they are, and what can be done now."""
        game, context = self.game, self.game.context
        self.query_one(StatusLine).show(
            Figures(
                title=game.adventure.title,
                model=game.generator.model.name,
                tokens=context.tokens if context else 0,
                budget=context.budget if context else 0,
                speed=game.tokens_per_second,
                unsaved=game.unsaved,
            )
        )
        self.refresh_bindings()

    def show_engine(self, state: State) -> None:
        """Tell how far the model has come, where nothing else is told."""
        if self.writing or not self.is_mounted:
            return
        match state.stage:
            case Stage.FETCHING:
                share = f" {state.done / state.total:.0%}" if state.total else ""
                self.foot.busy(f"{state.sentence}{share}")
            case Stage.FAILED:
                self.foot.warn(state.sentence)
            case Stage.READY if self.foot.is_busy:
                self.foot.say("")
        self.show_figures()

    # What the player does.

    @on(PromptBar.Sent)
    async def _sent(self, event: PromptBar.Sent) -> None:
        try:
            line = parse_line(event.line, event.mode)
            if self.writing and line.command.mode:
                raise InputRefused(WAIT)
            typed = self.desk.text
            effect = await line.run(self.game)
        except GrueError as error:
            self.foot.warn(str(error))
            return
        self.desk.remember(event.line)
        if self.desk.text == typed:  # and not what was typed while the command was saved
            self.desk.put("")
        await self.carry_out(effect, line=event.line)

    async def action_command(self, name: str) -> None:
        """Carry out the command called `name`, from a key or the palette."""
        try:
            effect = await find(name)(self.game)
        except GrueError as error:
            self.foot.warn(str(error))
            return
        await self.carry_out(effect)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what is possible now."""
        if action == "command":
            command = find(str(parameters[0]))
            return not command.unavailable_reason(self.game) or (
                command.name == "stop" and self.writing
            )
        return True

    async def carry_out(self, effect: Effect, *, line: str = "") -> None:
        """Carry `effect` out; `line`, which was typed for it, comes back where it fails."""
        match effect:
            case PlayTurn(events, _) if self.writing:
                await events.aclose()
                self.desk.put(line)
                self.foot.warn(WAIT)
            case PlayTurn(events, replaces_last):
                self._idle.clear()
                self._telling = TurnPresenter(self.story, self.foot, anew=replaces_last)
                told = self._tell(events, self._telling, line)
                self._turn = self.run_worker(told, group="turn", exit_on_error=False)
            case StoryChanged(message):
                await self.show_story()
                self.foot.say(message)
            case StopTurn():
                self._break_off()
            case Message(message):
                self.foot.say(message)
                self.show_figures()
            case OpenView(view, argument):
                self.grue.open_panel(view, argument)
            case Quit():
                self.grue.run_worker(self.grue.action_quit(), exit_on_error=False)

    # One turn.

    async def _tell(
        self, events: AsyncGenerator[Event, None], telling: TurnPresenter, line: str
    ) -> None:
        """Show the events of a turn; where it fails, show what there was and give `line` back."""
        try:
            async with aclosing(events):
                async for event in events:
                    await telling.show(event)
                    self.show_figures()
                    if isinstance(event, TurnCancelled):
                        self._give_back(line)
        except GrueError as error:
            await self.show_story()
            self.foot.warn(f"{error} {self._give_back(line)}")
        except asyncio.CancelledError:
            if self.is_attached:
                await self.show_story()
                self.foot.say("")
            raise
        finally:
            self._idle.set()
            if self.is_attached:
                await self._turn_over()

    async def _turn_over(self) -> None:
        if not self.game.unsaved:
            await self.story.mark_saved()
        self.show_figures()

    def _give_back(self, line: str) -> str:
        """Put `line` back to be sent again; return a sentence that says how."""
        if not line:
            return "Try again."
        if self.desk.text:
            return "Your action is kept: the Up key brings it back."
        self.desk.put(line)
        return "Your action is back in the line; Enter sends it again."

    def _break_off(self) -> None:
        """See to it that a reply that was stopped ends, also one that is waiting for its engine."""
        turn, telling = self._turn, self._telling
        if turn is None or telling is None:
            return
        self.foot.busy("stopping")
        within = STOP_WITHIN if telling.begun else 0.01
        self.set_timer(within, lambda: None if turn.is_finished else turn.cancel())

    async def leave(self) -> None:
        """Let the reply under way end and be saved, and the game with it."""
        await self.game.close()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._idle.wait(), LEAVE_WITHIN)
        if self._turn is not None and not self._idle.is_set():
            self._turn.cancel()
            await self._idle.wait()
        await self.game.close()  # the turn may have begun to read ahead

    async def play_on_with(self, generator: Generator) -> None:
        """Go on with another model."""
        await self.leave()
        style = self.game.style
        self.game = self.grue.session.game(self.game.adventure, generator)
        self.game.style = style
        self.show_figures()
        self.game.read_ahead()

    # Looking around.

    def action_clear_line(self) -> None:
        """Empty the line."""
        self.desk.put("")
        self.foot.say("")

    async def action_look(self, pages: int) -> None:
        """Look a page up or down; above the first turn shown, show earlier ones."""
        if pages < 0 and self.story.scroll_y <= 0:
            await self.story.load_earlier()
        elif pages < 0:
            self.story.scroll_page_up()
        else:
            self.story.scroll_page_down()

    def action_look_to_start(self) -> None:
        """Look at the first turn shown."""
        self.story.scroll_home()

    def action_look_to_end(self) -> None:
        """Look at where the story stands."""
        self.story.anchor()

    @on(Earlier.Wanted)
    async def _look_back(self) -> None:
        await self.story.load_earlier()
