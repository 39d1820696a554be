"""The game: the story, and the prompt in which the player goes on with it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from dungeon.commands import find, parse_line
from dungeon.commands.edited_actions import as_typed
from dungeon.commands.effects import Effect, PlayTurn, View
from dungeon.commands.recap import recap_on_return
from dungeon.errors import GrueError
from dungeon.files.unsent_lines import UnsentLines
from dungeon.generator import TextChunk
from dungeon.session.dice_view import unreadable_notice
from dungeon.session.effects import carry_out
from dungeon.session.model_loader import LoadState, Stage
from dungeon.session.turn_presenter import TurnPresenter
from dungeon.story import Action
from dungeon.tui.external_editor import edit_suspended
from dungeon.tui.key_bindings import command_bindings, command_of_key
from dungeon.tui.screen_turn_view import ScreenTurnView
from dungeon.tui.screens.service_front_end import ServiceFrontEnd
from dungeon.tui.screens.story_screen import StoryScreen
from dungeon.tui.services import Services
from dungeon.tui.widgets.activity_line import ActivityLine
from dungeon.tui.widgets.key_footer import KeyFooter
from dungeon.tui.widgets.prompt_bar import PromptBar
from dungeon.tui.widgets.prompt_input import PromptInput
from dungeon.tui.widgets.reply_position import ReplyPosition
from dungeon.tui.widgets.state_panel import StateNotice, StatePanel
from dungeon.tui.widgets.status_line import Status, StatusLine
from dungeon.tui.widgets.story_view import StoryView
from dungeon.turns.game import Game
from dungeon.turns.turn_events import Event, TurnCancelled, TurnSaved

if TYPE_CHECKING:
    from textual.worker import Worker

LEAVE_WITHIN = 0.7
"""Seconds that a reply under way has to end and be saved by itself when the player leaves."""

STOP_WITHIN = 1.5
"""Seconds that it has when the player stops it; then it is cancelled, and its words are saved."""


class PlayScreen(StoryScreen, ServiceFrontEnd):
    """One adventure being played. It is the FrontEnd of the session."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *command_bindings(),
        Binding("escape", "clear_prompt", show=False, id="clear",
                tooltip="Empties the line; Up brings it back"),
    ]  # fmt: skip

    def __init__(self, services: Services, game: Game) -> None:
        super().__init__()
        self.game = game
        self._services = services
        self._sent_line = ""
        self._presenter: TurnPresenter | None = None
        self._turn: Worker[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_leaving = False
        self._unsent_lines = UnsentLines(services.home.unsent_lines)
        self._story = StoryView(services.settings.width)

    def compose(self) -> ComposeResult:
        """Yield the status, the story, and the prompt."""
        yield StatePanel(id="state-panel")
        yield StatusLine()
        yield self._story
        with Vertical(id="bottom"):
            yield StateNotice(id="state-notice")
            yield ReplyPosition()
            yield ActivityLine()
            yield PromptBar(self._services.line_history)
        yield KeyFooter(palette=True)

    async def on_mount(self) -> None:
        """Show the story, and what a game that broke off had kept."""
        recovered = await self._recover()
        unsent = self._unsent_lines.take(self.game.adventure.id)
        self.prompt_bar.restore(unsent)
        if isinstance(recovered, Action):
            self.prompt_bar.set_text(as_typed(recovered.kind, recovered.text), recovered.kind)
        self.prompt_bar.input.focus()  # now: what is typed while the story is being shown counts
        await self.show_story()
        match recovered:
            case Action():
                self.show_message("You had begun this when the game ended. Enter sends it.")
            case TurnSaved(warning=""):
                self.show_message("The reply was cut short; its words are kept.")
            case TurnSaved(warning=warning):
                self.activity.show_warning(warning)
            case None if unsent is not None:
                self.show_message("You had typed this when you left. Enter sends it.")
            case None if self._services.settings.recap:
                self.show_message(recap_on_return(self.game.adventure, self._services.now()))
        if notice := unreadable_notice(self.game.adventure.dice):
            self._services.notify(notice, severity="warning")
        self.show_load_state(self._services.model_loader.state)
        self.game.on_context = self._show_context
        self.game.prefetch()

    def on_screen_resume(self) -> None:
        """Show a title that was changed on another screen."""
        if self.is_mounted:
            self.story.set_title(self.game.adventure.title)
            self.update_status()

    async def _recover(self) -> TurnSaved | Action | None:
        try:
            return await self.game.recover()
        except GrueError as error:
            self._services.notify(str(error), severity="warning")
            return None

    @property
    def story(self) -> StoryView:
        """The story; not searched for, since every key asks whether a turn of it is chosen."""
        return self._story

    @property
    def activity(self) -> ActivityLine:
        """The line that says what is going on."""
        return self.query_one(ActivityLine)

    @property
    def prompt_bar(self) -> PromptBar:
        """Where the player types."""
        return self.query_one(PromptBar)

    @property
    def is_writing(self) -> bool:
        """Whether a turn is under way, or about to be."""
        return self.game.busy or not self._idle.is_set()

    def update_status(self) -> None:
        """Show the current figures, and the commands that are available now."""
        self._update_figures()
        chosen = self.story.chosen
        self.query_one(ReplyPosition).show(self.game.adventure, chosen, is_writing=self.is_writing)
        self.query_one(StatePanel).show(self.game)
        self.query_one(StateNotice).show(self.game)
        self.refresh_bindings()

    def _update_figures(self) -> None:
        game, context = self.game, self.game.context
        self.query_one(StatusLine).show(
            Status(
                title=game.adventure.title,
                model=game.generator.model.name,
                tokens=context.tokens if context else 0,
                budget=context.budget if context else 0,
                speed=game.tokens_per_second,
                unsaved=game.unsaved,
            )
        )

    @on(StoryView.ChoiceChanged)
    def _show_choice(self) -> None:
        if not self.story.chosen:
            self.prompt_bar.input.focus()
        self.update_status()

    def _show_context(self) -> None:
        if self.is_attached:
            self.update_status()

    def show_load_state(self, state: LoadState) -> None:
        """Show how far the loading is: of another model in the status line, while the game goes
        on; of the first one under the story.
        """
        if not self.is_mounted:
            return
        is_playable = self._services.model_loader.is_ready
        if is_playable:
            self.query_one(StatusLine).show_load_state(state)
        if self.is_writing:
            return
        match state.stage:
            case Stage.FETCHING if not is_playable:
                share = f" {state.done / state.total:.0%}" if state.total else ""
                self.activity.show_activity(f"{state.sentence}{share}")
            case Stage.FAILED:
                self.activity.show_warning(state.sentence)
            case Stage.READY if self.activity.is_busy:
                self.show_message("")
        self.update_status()

    # What the player asks for.

    @on(PromptBar.Submitted)
    async def _run_line(self, event: PromptBar.Submitted) -> None:
        self.prompt_bar.add_to_history(event.line)
        try:
            line = parse_line(event.line, event.mode)
            if (self.is_writing or self._is_leaving) and line.command.waits_for_reply:
                if event.line:  # an empty one is mostly impatience
                    self.prompt_bar.queue(event)
                return
            await self.carry_out(await line.run(self.game), line=event.line)
        except GrueError as error:
            self._show_refusal(str(error))
            self.prompt_bar.give_back(event.line)

    async def _run_queued_line(self) -> None:
        is_free = not (self.is_writing or self._is_leaving)
        if is_free and (queued := self.prompt_bar.next_line()):
            await self._run_line(queued)

    @on(PromptInput.Swiped)
    async def _swipe(self, event: PromptInput.Swiped) -> None:
        if self.game.can_undo:
            await self.action_command("swipe", event.direction)

    async def action_command(self, name: str, argument: str = "") -> None:
        """Carry out the command called `name`, from a key or the palette."""
        try:
            await self.carry_out(await find(name)(self.game, argument))
        except GrueError as error:
            self._show_refusal(str(error))

    def on_key(self, event: events.Key) -> None:
        """Say why the key of a command does nothing while a reply is written."""
        command = command_of_key(event.key, self._services.settings.keys)
        if command is not None and self.is_writing and not self.story.chosen:
            reason = command.unavailable_reason(self.game) if command.name != "stop" else ""
            self._show_refusal(reason)

    def _show_refusal(self, sentence: str) -> None:
        """Say why something is not done: not in the line of a turn under way, which is redrawn."""
        if self.is_writing:
            self._services.notify(sentence, severity="warning")
        else:
            self.activity.show_warning(sentence)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what is available now."""
        if self._story.chosen and action in ("command", "bar_key"):
            return False  # the footer shows what can be done with the chosen turn
        if action == "command":
            command = find(str(parameters[0]))
            is_stoppable = command.name == "stop" and self.is_writing
            return is_stoppable or not command.unavailable_reason(self.game)
        return True

    async def carry_out(self, effect: Effect, *, line: str = "") -> None:
        """Carry `effect` out; `line`, which was typed for it, comes back where a turn fails."""
        self._sent_line = line
        await carry_out(effect, self)

    # The FrontEnd: effects of commands.

    async def play_turn(self, turn: PlayTurn) -> None:
        """Play a turn in a worker, unless one is under way."""
        line = self._sent_line
        if self.is_writing or self._is_leaving:
            await turn.events.aclose()
            self.prompt_bar.give_back(line)
            self._show_refusal("The story is still being written.")
            return
        self._idle.clear()
        view = ScreenTurnView(self.story, self.activity, replaces_last=turn.replaces_last)
        self._presenter = TurnPresenter(view, self._services.sounds)
        playing = self._play(turn.events, self._presenter, line)
        self._turn = self.run_worker(playing, group="turn", exit_on_error=False)

    def stop_turn(self) -> None:
        """Cancel a turn that does not end soon, also one that waits for its engine."""
        turn, presenter = self._turn, self._presenter
        if turn is None or presenter is None:
            return
        self.activity.show_activity("stopping")
        within = STOP_WITHIN if presenter.has_prompted else 0.01
        self.set_timer(within, lambda: None if turn.is_finished else turn.cancel())

    async def show_story(self, turn_id: str = "") -> None:
        """Show the adventure as it stands, whichever turn of it has changed."""
        adventure = self.game.adventure
        self._services.set_terminal_title(adventure.title)
        await self.story.show(adventure.title, adventure.path())
        await self._update_saved()

    def show_message(self, message: str) -> None:
        """Show a sentence under the story, or above what a turn under way does there."""
        if message and self.is_writing:
            self._services.notify(message)
        else:
            self.activity.show_message(message)
        self.update_status()

    async def open_view(self, view: View, argument: str) -> None:
        """Open a view beside the story, or let a turn of it be chosen."""
        if view is View.TURNS:
            self.choose_turn()
        else:
            await super().open_view(view, argument)

    # One turn.

    async def _play(
        self, events: AsyncGenerator[Event, None], presenter: TurnPresenter, line: str
    ) -> None:
        """Show the events of a turn; where it fails, restore the story and give `line` back."""
        head = self.game.adventure.head
        try:
            async with aclosing(events):
                async for event in events:
                    await presenter.show(event)
                    if isinstance(event, TextChunk):  # nothing else has changed
                        self._update_figures()
                    else:
                        self.update_status()
                    if isinstance(event, TurnCancelled):
                        self._return_line(line)
        except GrueError as error:
            self.prompt_bar.clear_queue()
            await self.show_story()
            self.activity.show_warning(f"{error} {self._return_line(line)}")
        except asyncio.CancelledError:
            if self.is_attached:
                await self.show_story()
                self.show_message("")
                if self.game.adventure.head == head:  # it was stopped before a word was written
                    self._return_line(line)
            raise
        finally:
            self._idle.set()
            if self.is_attached:
                await self._update_saved()
                self.call_later(self._run_queued_line)

    async def _update_saved(self) -> None:
        if not self.game.unsaved:
            await self.story.mark_saved()
        self.update_status()

    def _return_line(self, line: str) -> str:
        """Put `line` back to be sent again; return a sentence that says how."""
        if not line:
            return "Try again."
        if self.prompt_bar.text:
            return "Your action is kept: the Up key brings it back."
        self.prompt_bar.give_back(line)
        return "Your action is back in the line; Enter sends it again."

    async def leave(self) -> str:
        """Let the reply under way end and be saved, and close the game; return why turns of it are
        still not saved, as a sentence.
        """
        self._is_leaving = True
        self._keep_unsent()
        await self.game.close()
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._idle.wait(), LEAVE_WITHIN)
        if self._turn is not None and not self._idle.is_set():
            self._turn.cancel()
            await self._idle.wait()
        self._keep_unsent()  # again: an action that was not answered is back in the prompt
        return await self.game.close()  # again: the turn may have begun to read ahead

    def _keep_unsent(self) -> None:
        if self.is_mounted:
            self._unsent_lines.keep(self.game.adventure.id, self.prompt_bar.unsent)

    async def stay(self) -> None:
        """Go on with the game after `leave`."""
        self._is_leaving = False
        self.game.prefetch()
        await self._update_saved()
        self.call_later(self._run_queued_line)

    async def wait_until_idle(self) -> None:
        """Wait until no turn is under way, and nothing else that has the game or its engine."""
        await self._idle.wait()
        await self.game.wait_until_idle()

    # The prompt.

    async def write_in_editor(self) -> None:
        """Put what the player writes in an editor of their own into the prompt."""
        self.prompt_bar.set_text(edit_suspended(self.app, self.prompt_bar.text))

    def action_clear_prompt(self) -> None:
        """Empty the prompt, and end what is being spoken."""
        self._services.sounds.silence()
        was_typed = self.prompt_bar.clear()
        self.activity.show_message("The Up key brings your line back." if was_typed else "")
