"""Test what is heard of a turn: when speech begins and ends, and when the bell rings."""

import pytest

from dungeon.errors import InputRefused
from dungeon.generator import TextChunk
from dungeon.prose import RejectReason
from dungeon.session.turn_sounds import BELL_AFTER, TurnSounds
from dungeon.settings import Settings
from dungeon.story import Action, Kind, Turn
from dungeon.turns.generation import AttemptRejected
from dungeon.turns.turn_events import TurnCancelled, TurnSaved, TurnStarted
from tests.dungeon.speech.test_speech import NotingVoice

STARTED = TurnStarted(Action(Kind.DO, "You wait."))
SAVED = TurnSaved(Turn("t1", None, Kind.DO, "You wait.", "It rains. You wait."))


class Heard:
    """A TurnSounds, and what came of it."""

    def __init__(self, **settings: object) -> None:
        self.settings = Settings(**settings)  # type: ignore[arg-type]
        self.voice = NotingVoice()
        self.bells, self.errors, self.time, self.is_focused = 0, [], 0.0, True
        self.sounds = TurnSounds(
            lambda: self.settings,
            self._ring,
            self.errors.append,
            is_focused=lambda: self.is_focused,
            find_voice=lambda _settings: self.find_voice(),
            clock=lambda: self.time,
        )

    def find_voice(self) -> NotingVoice:
        return self.voice

    def _ring(self) -> None:
        self.bells += 1


@pytest.mark.parametrize(
    ("seconds", "is_focused", "bell", "bells"),
    [
        (BELL_AFTER, True, True, 1),
        (BELL_AFTER - 1, True, True, 0),
        (0, False, True, 1),
        (BELL_AFTER, True, False, 0),
    ],
)
async def test_the_bell_rings_for_who_waited_or_looks_elsewhere(seconds, is_focused, bell, bells):
    heard = Heard(bell=bell)
    heard.sounds.hear(STARTED)
    heard.time, heard.is_focused = seconds, is_focused
    heard.sounds.hear(SAVED)
    assert heard.bells == bells


async def test_a_reply_is_spoken_and_a_rejected_attempt_is_not_gone_on_with():
    heard = Heard(speech=True)
    for event in (
        STARTED,
        TextChunk("It snows"),
        AttemptRejected(RejectReason.LOOP),
        TextChunk("It rains. You"),
        SAVED,
    ):
        heard.sounds.hear(event)
    await heard.sounds.wait()
    assert heard.voice.spoken == ["It rains.", "You wait."]


async def test_the_next_action_a_cancelled_turn_and_the_end_are_silent():
    heard = Heard(speech=True)
    heard.sounds.hear(STARTED)
    heard.sounds.hear(TextChunk("It rains. You wait. And"))
    heard.sounds.hear(TurnCancelled(Action(Kind.DO, "You wait.")))
    heard.sounds.hear(STARTED)
    await heard.sounds.close()
    assert heard.voice.spoken == []


async def test_where_speech_is_off_only_what_is_asked_for_is_spoken():
    heard = Heard()
    heard.sounds.hear(STARTED)
    heard.sounds.hear(SAVED)
    heard.sounds.speak("Once more.")
    await heard.sounds.wait()
    assert heard.voice.spoken == ["Once more."]


async def test_a_missing_voice_is_said_once_until_the_settings_change():
    heard = Heard(speech=True)

    def refuse() -> NotingVoice:
        raise InputRefused("No program that speaks is installed.")

    heard.find_voice = refuse  # type: ignore[method-assign]
    for _ in range(3):
        heard.sounds.hear(STARTED)
        heard.sounds.hear(SAVED)
    assert heard.errors == ["Nothing is spoken. No program that speaks is installed."]
    heard.settings = Settings(speech=True, speech_command="piper")
    heard.sounds.hear(STARTED)
    assert len(heard.errors) == 2
