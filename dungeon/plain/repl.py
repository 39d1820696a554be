"""Play the game in plain lines, from the first paragraph to the exit code.

In a pipe a turn is written out once it is saved; at a terminal its words appear as they come.
Messages go to standard error.
"""

import asyncio
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from dungeon.errors import INTERRUPTED, GeneratorError, GrueError
from dungeon.plain.current_game import CurrentGame
from dungeon.plain.front_end import LineFrontEnd
from dungeon.plain.line_dialogs import LineDialogs
from dungeon.plain.line_reader import LineReader
from dungeon.plain.load_progress import LoadProgress
from dungeon.plain.message_writer import MessageWriter
from dungeon.plain.model_change import ModelChange
from dungeon.plain.terminal_state import restored_terminal
from dungeon.plain.text_writer import TextWriter
from dungeon.plain.tour import show_first_tour
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions

PROMPT = "What do you do? "


def run(session: Session, options: LaunchOptions, notices: Sequence[str] = ()) -> int:
    """Play in plain lines until the player leaves; return the exit code.

    `notices` are sentences to begin with, such as what is wrong in the settings.
    """
    return asyncio.run(_run(session, options, notices))


async def _run(session: Session, options: LaunchOptions, notices: Sequence[str]) -> int:
    reader = LineReader(sys.stdin, session.line_history)
    repl = Repl(session, reader, TextWriter(sys.stdout), sys.stderr)
    try:
        with restored_terminal(sys.stdin):  # the reader's thread may be left waiting in readline
            return await repl.run(options, notices)
    finally:
        await session.close()


class Repl:
    """One run of line mode: it reads lines and has them carried out."""

    def __init__(
        self, session: Session, reader: LineReader, writer: TextWriter, messages: TextIO
    ) -> None:
        self._session = session
        self._reader = reader
        self._writer = writer
        self._interrupted = False
        is_interactive = reader.is_interactive
        said = self._messages = MessageWriter(messages, writer, is_interactive=is_interactive)
        dialogs = LineDialogs(reader, writer, said.show)
        current = self._current = CurrentGame(session, reader, writer, said, dialogs)
        self._model_change = ModelChange(session, current.use_model, said.show)
        self._front_end = LineFrontEnd(
            session, current, self._model_change, reader, writer, said, dialogs
        )

    async def run(self, options: LaunchOptions, notices: Sequence[str] = ()) -> int:
        """Say the `notices`, and play from `options` on; return the exit code."""
        messages = self._messages
        for notice in notices:
            messages.show(notice)
        self._session.model_loader.on_state = LoadProgress(
            messages.out, messages.show, lambda: self._model_change.is_downloading
        ).show
        await self._session.model_loader.load()  # a model that cannot be played is refused first
        if self._session.settings.tour and options == LaunchOptions():
            await show_first_tour(self._session, self._reader, self._writer, messages.refuse)
        if not await self._current.begin(options):  # the input ended before one was begun
            return messages.exit_code
        self._watch_for_interrupt()
        try:
            await self._play_lines()
        except asyncio.CancelledError:
            if not self._interrupted:
                raise
            messages.exit_code = INTERRUPTED
        await self._close()
        return messages.exit_code

    async def _play_lines(self) -> None:
        """Read lines and carry them out until the player leaves, or the input ends."""
        while not await self._is_left():
            if (line := await self._next_line()) is None:
                if await self._current.may_leave(has_ended=True):  # at Ctrl-D a person may stay
                    return
                continue
            try:
                async with self._model_change.playing:
                    await self._front_end.run_line(line)
            except GeneratorError as error:
                self._messages.show(f"{error} Your action is kept; send it again.")
                self._messages.exit_code = error.exit_code
                if not self._reader.is_interactive:
                    break
            except GrueError as error:  # also what could not be saved or read: the game goes on
                self._messages.refuse(error)

    async def _is_left(self) -> bool:
        """Return whether the player has left, and does not stay for turns that cannot be saved."""
        front_end = self._front_end
        front_end.is_leaving = front_end.is_leaving and await self._current.may_leave()
        return front_end.is_leaving

    async def _next_line(self) -> str | None:
        line = await self._reader.ask(PROMPT if self._reader.is_interactive else "")
        self._messages.show(self._reader.remember(line or ""))
        return line

    def _watch_for_interrupt(self) -> None:
        """Let Ctrl-C end the reply under way, or the game where there is none."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()

        def interrupt() -> None:
            if self._current.game.busy:
                self._current.game.stop()
            elif task is not None and not self._interrupted:
                self._interrupted = True
                task.cancel()

        with suppress(NotImplementedError):  # Windows: Ctrl-C then ends the game, and loses nothing
            loop.add_signal_handler(signal.SIGINT, interrupt)

    async def _close(self) -> None:
        """End what is under way beside the game, save it, and say how it is resumed."""
        await self._model_change.cancel()
        await self._front_end.sounds.close()
        if self._interrupted and self._reader.is_interactive:
            self._messages.end_line()
        if await self._current.leave():
            adventure = self._current.game.adventure.id
            self._messages.show(f"Saved. Go on with: grue play --adventure {adventure}")
