"""The game that line mode plays: begin one, resume one, and play another in its place."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from dungeon.commands.recap import recap_on_return
from dungeon.plain.line_dialogs import LineDialogs
from dungeon.plain.line_reader import LineReader
from dungeon.plain.message_writer import MessageWriter
from dungeon.plain.scenario_picker import ScenarioPicker
from dungeon.plain.text_writer import TextWriter
from dungeon.session import Session
from dungeon.session.dice_view import unreadable_notice
from dungeon.session.launcher import Launcher, LaunchOptions
from dungeon.session.model_loader import ModelLoader
from dungeon.session.saved_adventures import find_adventure
from dungeon.session.search_view import find_hit, place_of
from dungeon.story import Action, Adventure, Turn, branching
from dungeon.text.counts import count
from dungeon.threads import run_in_thread
from dungeon.turns.game import Game
from dungeon.turns.turn_events import TurnSaved

RESUMED_TURNS = 3
"""Turns shown again when an adventure is resumed."""


class CurrentGame:
    """The game that is played, and every way into another one."""

    def __init__(
        self,
        session: Session,
        reader: LineReader,
        writer: TextWriter,
        messages: MessageWriter,
        dialogs: LineDialogs,
    ) -> None:
        self.game: Game
        """There is one once `begin` has returned True."""
        self._is_playing = False
        self._left: Game | None = None
        """The game that may be left, since the player has said so."""
        self._session = session
        self._reader = reader
        self._writer = writer
        self._messages = messages
        self._dialogs = dialogs
        self._launcher = Launcher(session, dialogs, self._leaving_game)
        self._scenario_picker = ScenarioPicker(
            session, self._launcher, reader, writer, messages.refuse
        )

    # Ways into a game.

    async def begin(self, options: LaunchOptions) -> bool:
        """Play what `options` ask for; return False where the input ends before it is begun."""
        game = await self._first_game(options)
        if game is not None:
            await self._enter(game, options.turn)
        return game is not None

    async def _first_game(self, options: LaunchOptions) -> Game | None:
        if options.adventure or options.last or options.scenario:
            return await self._launcher.launch(options)
        if self._reader.is_interactive and options == LaunchOptions():
            return await self._scenario_picker.begin()
        return await self._launcher.begin_randomly()

    async def begin_named(self, name: str) -> None:
        """Begin with the scenario of that name."""
        await self._switch_to(self._launcher.begin_named(name))

    async def begin_chosen(self) -> None:
        """Begin with a scenario that the player chooses from the list."""
        await self._switch_to(self._scenario_picker.choose())

    async def begin_randomly(self) -> None:
        """Begin at once with a random scenario."""
        await self._switch_to(self._launcher.begin_randomly())

    async def begin_stored(self, adventure: Adventure) -> bool:
        """Store a new adventure, such as a fork, and play it; return whether it is played."""
        return await self._switch_to(self._launcher.store(adventure))

    async def resume_named(self, named: str) -> None:
        """Resume the saved adventure whose id or title is, or begins with, `named`."""
        found = await run_in_thread(find_adventure, self._session.library, named)
        await self._resume(found.id)

    async def open_found(self, number: str) -> None:
        """Go on from a turn that was searched for, in whichever adventure and branch it is."""
        hit = find_hit(self._session.found, number)
        here = self.game.adventure
        if hit.adventure_id == here.id and hit.turn_id in here.turns:
            await self.game.move_to(hit.turn_id)
            self.show_turn()
        elif not await self._resume(hit.adventure_id, hit.turn_id):  # or added in another window
            return
        self._messages.show(
            f"This is {place_of(hit)}. The story goes on from here; nothing is lost."
        )

    async def use_model(self, reference: str, loader: ModelLoader) -> None:
        """Play on with another model that is loaded, and save the choice."""
        await self._session.replace_model(self.game, reference, loader)
        self._session.change_settings(model=reference)
        self._messages.show(f"{loader.model.name} tells the story now.")

    async def _resume(self, adventure_id: str, turn_id: str = "") -> bool:
        """Play a saved adventure, which may be the one that is played; return whether it is."""
        await self.game.close()  # first: what could not be saved yet is read again then
        return await self._switch_to(self._launcher.resume(adventure_id), turn_id)

    async def _switch_to(self, launching: Awaitable[Game | None], turn_id: str = "") -> bool:
        """Play the game that `launching` leads to; until it is there, the current one goes on, and
        where the player stays in it. Return whether the new one is played.
        """
        game = await launching
        if game is None or not await self.may_leave():
            return False
        await self.leave()
        await self._enter(game, turn_id)
        return True

    async def _enter(self, game: Game, turn_id: str = "") -> None:
        """Play `game`, from where it stands, or from the turn whose id begins with `turn_id`."""
        self.game, self._is_playing, self._left = game, True, None
        await self._session.enter(game)
        recovered = await game.recover()
        if turn_id:
            await game.move_to(branching.find_by_id(game.adventure, turn_id).id)
        self._show_beginning()
        match recovered:
            case Action(text=text):
                begun = text or "to go on"
                self._messages.show(f"You had begun: {begun}. It was not answered yet.")
            case TurnSaved(warning=warning):
                self._messages.show(warning or "The reply was cut short; its words are kept.")
        game.prefetch()

    async def may_leave(self, *, has_ended: bool = False) -> bool:
        """Save what is not saved yet. Where that cannot be, a person says whether to leave all the
        same; a pipe is told when it ends. Where the input `has_ended`, so does the game without an
        answer: a terminal that is gone gives none.
        """
        if self._left is self.game:  # asked already
            return True
        reason = await self.game.close()
        if not self.game.unsaved or not self._reader.is_interactive:
            return True
        self._messages.show(reason)
        if await self._dialogs.confirm_leaving(self.game.unsaved, no_answer=has_ended):
            return True
        self.game.prefetch()
        return False

    @asynccontextmanager
    async def _leaving_game(self) -> AsyncIterator[bool]:
        """Ask as `may_leave` does, once, for what the block stores to be played next; where that
        cannot be stored, the game goes on.
        """
        if not self._is_playing:
            yield True
        elif not await self.may_leave():
            yield False
        else:
            self._left = self.game
            try:
                yield True
            except BaseException:
                self._left = None
                self.game.prefetch()
                raise

    async def leave(self) -> bool:
        """Close the game; return whether all of it is saved, and say so where it is not."""
        await self.game.close()
        if not self.game.unsaved:
            return True
        self._messages.show(_only_above(self.game.unsaved))
        self._messages.exit_code = 1
        return False

    # Its story.

    def _show_beginning(self) -> None:
        """Write the title and the last turns, with what the player has to know of them."""
        adventure = self.game.adventure
        path = adventure.path()
        shown = path[-RESUMED_TURNS:]
        for notice in (*self._session.library.notices, unreadable_notice(adventure.dice)):
            self._messages.show(notice)
        self._writer.paragraph(adventure.title)
        if earlier := len(path) - len(shown):
            self._messages.show(f"({count(earlier, 'earlier turn')}; /print tells the whole story)")
        if self._session.settings.recap:
            self._messages.show(recap_on_return(adventure, datetime.now(UTC)))
        for turn in shown:
            self._write(turn)

    def show_all(self) -> None:
        """Write every turn from the opening on."""
        for turn in self.game.adventure.path():
            self._write(turn)

    def show_turn(self, turn_id: str = "") -> None:
        """Write a turn again, by default the last: what stands above cannot be taken back."""
        adventure = self.game.adventure
        if turn := adventure.turns.get(turn_id) or adventure.current_turn():
            self._write(turn)

    def _write(self, turn: Turn) -> None:
        self._writer.action_line(turn.action)
        self._writer.paragraph(turn.text)


def _only_above(unsaved: int) -> str:
    """Return what to say of the turns that could not be saved, once the game is left."""
    if unsaved == 1:
        return "The last turn is not saved and only stands above. Copy it if you want it."
    which = f"The last {unsaved} turns are not saved and only stand above."
    return f"{which} Copy them if you want them."
