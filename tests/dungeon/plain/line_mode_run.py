"""Runs line mode on a scripted model and real saves."""

import io
import json
from pathlib import Path

from dungeon.files.home import Home
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.generator.server_detection import LocalServer
from dungeon.plain.line_reader import LineReader
from dungeon.plain.repl import Repl
from dungeon.plain.text_writer import TextWriter
from dungeon.session import Session
from dungeon.session.launcher import LaunchOptions
from dungeon.settings import Settings

ROOM = "The room is low and smells of tar. A rope hangs from the beam above you."
RAIN = "Rain begins on the roof. Somewhere below, a door closes with great care."
LAMP = LaunchOptions(scenario="lamp")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class LineModeRun:
    """One run of plain mode: what was typed, and what came out of it."""

    def __init__(self, home: Path, script: list[object]) -> None:
        self.home = Home(home)
        self.local_servers: tuple[LocalServer, ...] = ()
        self.settings = Settings()
        self.terminal: Terminal | None = None
        self.notices: tuple[str, ...] = ()
        self.generator: ScriptedGenerator | None = None
        """Stands in for the script where a test looks at what the model was asked."""
        self._script = home.parent / "script.json"
        self._script.write_text(json.dumps({"replies": script}))

    async def __call__(self, *lines: str, start: LaunchOptions = LAMP) -> int:
        self.out, self.messages = self.terminal or io.StringIO(), io.StringIO()
        session = Session(
            self.home,
            self.settings,
            model=f"scripted:{self._script}",
            seed=7,
            generator=self.generator,
        )
        session.local_servers = self.local_servers
        typed = io.StringIO("".join(f"{line}\n" for line in lines))
        repl = Repl(session, LineReader(typed), TextWriter(self.out), self.messages)
        try:
            return await repl.run(start, self.notices)
        finally:
            self.saved = session.library.summaries()
            await session.close()

    @property
    def marked(self) -> list[str]:
        return [line for line in self.out.getvalue().splitlines() if line.startswith(">")]
