"""What is to be heard of a turn: its reply, spoken while it is written, and a bell at its end."""

import asyncio
import time
from collections.abc import Callable

from dungeon.errors import GrueError
from dungeon.generator import TextChunk
from dungeon.settings import Settings
from dungeon.speech.speaker import Speaker, Voice
from dungeon.speech.voices import choose_voice
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.turn_events import Event, SameReply, TurnCancelled, TurnSaved, TurnStarted

BELL_AFTER = 5.0
"""Seconds that a reply takes before its end is worth a bell."""


class TurnSounds:
    """Listens to the events of turns. The settings are looked at for every turn."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        ring: Callable[[], None],
        show_error: Callable[[str], None],
        *,
        is_focused: Callable[[], bool] = lambda: True,
        find_voice: Callable[[Settings], Voice] = choose_voice,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`ring` rings the bell, `show_error` takes why nothing is spoken, `is_focused` says
        whether the player looks at the game.
        """
        self._settings = settings
        self._ring = ring
        self._show_error = show_error
        self._is_focused = is_focused
        self._find_voice = find_voice
        self._clock = clock
        self._began = 0.0
        self._speaker: Speaker | None = None
        self._stopping: set[asyncio.Task[None]] = set()
        self._complained_of: Settings | None = None
        """The settings with which the voice has failed: it is said once."""

    def hear(self, event: Event) -> None:
        """Take what has happened in a turn."""
        match event:
            case TurnStarted():
                self._began = self._clock()
                self._begin_speech()
            case TextChunk(text) if self._speaker:
                self._speaker.feed(text)
            case AttemptRejected() if self._speaker:
                self._begin_speech()
            case TurnSaved(turn):
                if self._speaker:
                    self._speaker.finish(turn.text)
                self._ring_at_end()
            case TurnCancelled() | SameReply():
                self.silence()

    def speak(self, text: str) -> None:
        """Speak a text, also where replies are not spoken."""
        self._complained_of = None
        self._open_speaker()
        if self._speaker:
            self._speaker.finish(text)

    def silence(self) -> None:
        """End what is being spoken."""
        speaker, self._speaker = self._speaker, None
        if speaker is not None:
            task = asyncio.ensure_future(speaker.stop())
            self._stopping.add(task)
            task.add_done_callback(self._stopping.discard)

    async def close(self) -> None:
        """End what is being spoken, and the program that speaks it."""
        self.silence()
        if self._stopping:
            await asyncio.wait(set(self._stopping))

    async def wait(self) -> None:
        """Wait until what is being spoken has ended."""
        if self._speaker:
            await self._speaker.wait()

    def _begin_speech(self) -> None:
        if self._settings().speech and self._settings() != self._complained_of:
            self._open_speaker()
        else:
            self.silence()

    def _open_speaker(self) -> None:
        self.silence()
        try:
            self._speaker = Speaker(self._find_voice(self._settings()), self._complain)
        except GrueError as error:
            self._complain(str(error))

    def _complain(self, sentence: str) -> None:
        self._complained_of = self._settings()
        self._show_error(f"Nothing is spoken. {sentence}")

    def _ring_at_end(self) -> None:
        is_late = self._clock() - self._began >= BELL_AFTER
        if self._settings().bell and (is_late or not self._is_focused()):
            self._ring()
