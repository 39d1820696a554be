"""Provides Sitting: the real game in plain lines on a pseudo-terminal, played line by line.

Knows nothing of what a test wants to see.
"""

from collections.abc import Sequence
from pathlib import Path

from tests.proof.program import GRUE, at_home
from tests.proof.terminal import Terminal
from tests.proof.witness import PROMPT

_ASKED = PROMPT.encode()


class Sitting(Terminal):
    """One game in plain lines, from its start until it ends or is killed."""

    def __init__(
        self, home: Path, model: str, *arguments: str, command: Sequence[str] = GRUE
    ) -> None:
        """`command` runs grue, or a variant of it."""
        super().__init__(
            [*command, "play", "--plain", "--model", model, *arguments],
            environment=at_home(home),
        )
        self._answered = 0  # how many bytes had been read when the last answer ended

    def ready(self) -> str:
        """Wait until the game asks what to do; return what it wrote since it asked last."""
        asked = self._answered
        self.wait_until(lambda: _ASKED in self.raw[asked:], "question what to do")
        self._answered = self.raw.rindex(_ASKED) + len(_ASKED)
        return self.raw[asked : self._answered].decode(errors="replace").removesuffix(PROMPT)

    def play(self, line: str) -> str:
        """Type a line, wait until the game asks again, and return its answer."""
        self.enter(line)
        return self.ready().replace("\r", "").removeprefix(line)

    def leave(self) -> int:
        """Quit and return the exit code."""
        self.enter("/quit")
        return self.end()
