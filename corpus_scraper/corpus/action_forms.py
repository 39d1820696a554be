"""Count the forms of the player's lines that a corpus trains on."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dungeon.transcript import ACTION_MARK

MAX_EXAMPLES = 5
"""Lines of no usual form that are kept as examples."""

_YOU = re.compile(r"You(?:['’]\w+)?\b")
_SPEECH = re.compile(r"[\"“‘«]|'(?=\w)|You \w+[^\"“.!?]{0,60}, ?[\"“]")


@dataclass(slots=True)
class ActionForms:
    """How many lines of each form there are."""

    you: int = 0
    """Lines that begin with You: an action, as the game writes it."""
    speech: int = 0
    """Lines that say something: a quotation, or You say, "…"."""
    other: int = 0
    examples: list[str] = field(default_factory=list)
    """The first of the other lines, each once."""

    @property
    def total(self) -> int:
        """Lines of all forms."""
        return self.you + self.speech + self.other

    def add(self, lines: Iterable[str]) -> None:
        """Count lines, which are without their mark."""
        for line in lines:
            if _SPEECH.match(line):
                self.speech += 1
            elif _YOU.match(line):
                self.you += 1
            else:
                self.other += 1
                if len(self.examples) < MAX_EXAMPLES and line not in self.examples:
                    self.examples.append(line)

    def document(self) -> dict[str, object]:
        """Return the counts as a JSON object."""
        return {
            "you": self.you,
            "speech": self.speech,
            "other": self.other,
            "examples_of_other": self.examples,
        }


def action_lines(text: str) -> Iterator[str]:
    """Yield the action lines of a transcript, without their mark."""
    for line in text.split("\n"):
        if line.startswith(ACTION_MARK):
            yield line.removeprefix(ACTION_MARK)
