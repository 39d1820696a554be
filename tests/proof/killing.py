"""Provides the kill harness: short lives of the real game, each ended by SIGKILL at some moment.

It keeps every turn that was shown as done, and in the end asks the saves for each of them.
Knows nothing of what the game does inside.
"""

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.proof import telling, witness
from tests.proof.program import GRUE, grue, listed, opening, script, shown
from tests.proof.sitting import Sitting
from tests.proof.witness import Seen

TURNS_A_LIFE = 3
"""Whole turns that a life lets pass at most, before it is ended in the middle of the next."""

DELAY = 0.001
"""Seconds before each word of a reply, so that kills also fall between two words."""

_OTHER_LINES = ("/undo", "/retry")
"""What is typed now and then instead of an action."""


@dataclass
class Record:
    """What came of many lives."""

    kills: int = 0
    seen: list[Seen] = field(default_factory=list)
    """Every turn that was shown as done, in order."""
    seconds: list[float] = field(default_factory=list)
    """How long each whole turn took, from Enter to the next prompt."""
    hashes: dict[str, str] = field(default_factory=dict)
    """Every turn once found in the saves, and its SHA-256."""
    lost: list[Seen] = field(default_factory=list)
    """The turns shown that the saves do not hold."""
    changed: list[str] = field(default_factory=list)
    """The turns that were in the saves and are gone or different."""


class Killer:
    """Plays one adventure in many lives, in plain lines on a terminal."""

    def __init__(self, home: Path, *, seed: int, command: Sequence[str] = GRUE) -> None:
        """`command` runs grue, or a variant of it that a test wants to see fail."""
        self.record = Record()
        self._home = home
        self._command = command
        self._chance = random.Random(seed)
        self._number = 0
        home.mkdir(parents=True, exist_ok=True)
        self._opening = opening(home / "gate.txt")

    def run(self, kills: int, *, look_every: int = 50) -> Record:
        """Live and die `kills` times, then compare what was seen with what is saved."""
        self._begin()
        while self.record.kills < kills:
            self._live()
            if self.record.kills % look_every == 0:
                self._look_at_saves()
        self._look_at_saves()
        return self.record

    def _begin(self) -> None:
        """Make the adventure, in a life that ends by itself."""
        with self._game("--scenario", self._opening) as game:
            game.ready()
            assert game.leave() == 0, game.text

    def _live(self) -> None:
        typed: list[str] = []
        with self._game("--continue") as game:
            if self._chance.random() < 0.1:
                game.rest(self._chance.uniform(0, 0.8))  # somewhere in its start
            else:
                game.ready()
                for _ in range(self._chance.randrange(TURNS_A_LIFE + 1)):
                    typed.append(self._line())
                    self._play(game, typed[-1])
                typed.append(self._line())
                game.enter(typed[-1])
                game.rest(self._chance.uniform(0, 1.3 * self._usual_turn()))
            game.kill()
        self.record.kills += 1
        self._note(game.text, typed)

    def _play(self, game: Sitting, line: str) -> None:
        started = time.monotonic()
        game.play(line)
        if not line.startswith("/"):
            self.record.seconds.append(time.monotonic() - started)

    def _line(self) -> str:
        if self._chance.random() < 0.2:
            return self._chance.choice(_OTHER_LINES)
        self._number += 1
        deed = self._chance.choice(("open door {}", '"Is this door {}?"'))
        return deed.format(self._number)

    def _usual_turn(self) -> float:
        return statistics.median(self.record.seconds[-50:]) if self.record.seconds else 0.2

    def _note(self, written: str, typed: Sequence[str]) -> None:
        """Keep what this life has shown as done."""
        self.record.seen.extend(witness.greeting(written))
        for line, answer in zip(typed, witness.answers(written), strict=False):
            self.record.seen.extend(witness.answer_to(line, answer))

    def _look_at_saves(self) -> None:
        check = grue("saves", "check", home=self._home)
        assert check.returncode == 0, check.stderr.decode()
        [adventure] = listed(self._home)
        document = shown(self._home, adventure["id"])
        self.record.lost = witness.lost(self.record.seen, document)
        hashes = {turn["id"]: turn["sha256"] for turn in document["turns"]}
        for turn_id, sha256 in self.record.hashes.items():
            if hashes.get(turn_id) != sha256:
                self.record.changed.append(turn_id)
        self.record.hashes |= hashes

    def _game(self, *arguments: str) -> Sitting:
        """Open the game on replies that no life had before, so that none is taken for a loop."""
        replies = telling.replies(self._chance, 4 * TURNS_A_LIFE)
        model = script(self._home / "script.json", replies, delay=DELAY)
        return Sitting(self._home, model, *arguments, command=self._command)
