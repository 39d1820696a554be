"""Drive the app in tests: type, wait, read the screen; and make adventures to play."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from textual.pilot import Pilot
from textual.screen import Screen

from dungeon.generator.scripted import ScriptedGenerator
from dungeon.story import Adventure, Kind, Provenance, Turn
from dungeon.threads import NAME
from dungeon.tui.app import GrueApp
from dungeon.tui.screens.play import PlayScreen
from dungeon.tui.widgets.turn import ActionView, ProseView
from dungeon.turns.game import Game
from tests.patience import HUNG, loop_until

NOW = datetime(2026, 5, 17, 20, 0, tzinfo=UTC)
"""What the tests' clock says."""

LONG = (
    "The stair goes down into the rock. Water runs along the left wall. Somebody has cut names "
    "into every seventh step, and scratched most of them out again. At the bottom a door hangs "
    "open. Behind it lies a round room with a well. An old woman sits on its edge and knits "
    "something grey. She does not look up. Far below, a bucket knocks against stone. The air "
    "smells of iron and of bread."
)
"""A reply that takes a while."""


def adventure(
    turns: int = 3, *, name: str = "a1", title: str = "The Lamp", text: str = "", action: str = ""
) -> Adventure:
    """Return an adventure of `turns` turns, the opening counted."""
    story = Adventure(name, title, created=NOW - timedelta(hours=3))
    parent = None
    for number in range(turns):
        kind = Kind.DO if number else Kind.OPENING
        action_text = (action or f"You do thing {number}.") if number else ""
        prose = text or f"Passage {number} is told, and it goes on for a line or two after that."
        turn = Turn(
            f"{name}t{number}", parent, kind, action_text, prose, Provenance(ended="sentence"),
            NOW - timedelta(hours=2) + timedelta(seconds=number),
        )  # fmt: skip
        story, parent = story.with_turn(turn), turn.id
    return story


ScreenClass = type[Screen[object]]


@dataclass
class AppDriver:
    """The app, and what a test does with it."""

    app: GrueApp
    pilot: Pilot[None]
    generator: ScriptedGenerator = field(default_factory=ScriptedGenerator)

    async def wait_until_ready(self, *, playing: bool) -> None:
        """Wait until the model is there, and the story where one is begun at once."""
        await self.pilot.pause()
        if playing:
            await self.wait_until(lambda: self.app.play_screen is not None and self.play.is_mounted)
        await self.wait_until(lambda: self.app.model_loader.is_ready)
        await self.wait_until_painted()

    async def wait_until_composed(self) -> None:
        """Wait until the screen on top has its widgets: the app may not end before."""
        await loop_until(lambda: not self.app.is_running or self.app.screen.is_mounted)

    @property
    def play(self) -> PlayScreen:
        assert self.app.play_screen is not None
        return self.app.play_screen

    @property
    def game(self) -> Game:
        return self.play.game

    async def type(self, text: str) -> None:
        """Type into whatever has the focus."""
        await self.send_packet(*key_names(text))

    async def send_packet(self, *keys: str) -> None:
        """Press keys faster than the app deals with any, as a terminal over a slow line does."""
        with patch("textual.app.wait_for_idle", _at_once):  # keys are taken in order anyhow
            await self.app._press_keys(keys)
        await self.wait_until(lambda: self.app.key_queue.is_idle)

    async def send(self, text: str) -> None:
        """Type a line, press Enter, and wait until it is dealt with."""
        await self.type(text)
        await self.pilot.press("enter")
        await self.wait_until_idle()

    async def wait_until_idle(self) -> None:
        """Wait until nothing is under way."""
        await self.wait_until(lambda: self.app.play_screen is None or not self.play.is_writing)
        await self.pilot.pause()

    async def wait_until_painted(self) -> None:
        """Wait until nothing is under way beside the screen, and everything told is painted."""
        for _ in range(3):  # what one thread found may send another one looking
            await self.wait_until(lambda: not any(t.name == NAME for t in threading.enumerate()))
        await self.wait_until(
            lambda: all(str(p.content) == p.text for p in self.app.screen.query(ProseView))
        )
        await self.pilot.pause()

    async def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until `condition` holds."""
        async with asyncio.timeout(HUNG):
            await self.pilot.pause()
            while not condition():
                await self.pilot.pause(0.005)

    async def wait_for_screen(self, screen_class: ScreenClass) -> None:
        """Wait until a screen of that class is on top and painted."""
        await self.wait_until(
            lambda: isinstance(self.app.screen, screen_class) and self.app.screen.is_mounted
        )
        await self.wait_until_painted()

    def actions(self) -> list[str]:
        """The player's lines on the screen."""
        return [str(action.content) for action in self.play.query(ActionView)]

    def prose(self) -> list[str]:
        """The paragraphs on the screen."""
        return [
            prose.text for prose in self.play.query(ProseView) if "discarded" not in prose.classes
        ]

    @property
    def activity(self) -> str:
        """The line under the story."""
        return str(self.play.activity.content)


def notices(driver: AppDriver) -> list[str]:
    """The sentences in the corner of the screen, the oldest first."""
    return [notice.message for notice in driver.app._notifications]


def visible_text(driver: AppDriver) -> str:
    """Everything on the screen, as text."""
    return "\n".join(
        "".join(segment.text for segment in line)
        for line in driver.app.screen._compositor.render_strips()
    )


def key_names(text: str) -> tuple[str, ...]:
    """The keys that type `text`."""
    return tuple(_NAMES.get(character, character) for character in text)


async def _at_once(*_: float) -> None:
    """Wait for nothing."""


_NAMES = {" ": "space", "/": "slash", ".": "full_stop", "-": "minus", "?": "question_mark"}
