"""Basic blocks: text of a script up to the next place where the story may branch."""

import re
from dataclasses import dataclass, field

GLUE = "\ue000"
"""In a block's text: the line continues here without a break."""

_GLUED = re.compile(rf"\n*{GLUE}\n*")
_FINISHED = re.compile(r"[.!?…:;—–-][\"'”’)\]*_]*$")


@dataclass(slots=True, eq=False)
class Exit:
    """A jump out of a block."""

    target: str
    text: str = ""
    """What the player picks; empty where the story continues without a choice."""
    condition: str = ""
    turns_page: bool = False
    """Whether the author put a page break here, which keeps both sides separate passages."""

    @property
    def is_plain(self) -> bool:
        """Whether it has no text, no condition and no page break."""
        return not (self.text or self.condition or self.turns_page)


@dataclass(slots=True, eq=False)
class BasicBlock:
    """Text up to the next place where the story may branch."""

    id: str
    exits: list[Exit] = field(default_factory=list)
    ending: bool = False
    """Whether the author ended the story here."""
    returns: bool = False
    """Whether it returns from a tunnel or subroutine."""
    threads: list[Exit] = field(default_factory=list)
    """Blocks whose text and choices are also offered here."""
    changes: set[str] = field(default_factory=set)
    """Variables whose values may change here."""
    _pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Text with `\\n` at the end of a paragraph, and GLUE where two belong together."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @text.setter
    def text(self, text: str) -> None:
        self._pieces = [text]

    @property
    def last_text(self) -> str:
        """The piece of text added last; cheap, where `text` would join a long text each time."""
        return next((piece for piece in reversed(self._pieces) if piece), "")

    def add_text(self, text: str) -> None:
        """Add `text`."""
        self._pieces.append(text)

    def add_exit(self, target: str, text: str = "", condition: str = "") -> Exit:
        """Add an exit to `target` and return it."""
        exit_ = Exit(target, text, condition)
        self.exits.append(exit_)
        return exit_

    @property
    def is_blank(self) -> bool:
        """Whether it has no text."""
        return not self.text.replace(GLUE, "").strip()


def split_first_paragraph(text: str) -> tuple[str, str]:
    """Return the first paragraph of a block's text, without glue, and the rest."""
    text = _GLUED.sub("", text.lstrip("\n"))
    first, _, rest = text.partition("\n")
    return first + "\n", rest


def ends_sentence(text: str) -> bool:
    """Return whether a block's text ends where a paragraph may end."""
    if text.rstrip().endswith(GLUE):
        return False
    last = text.rstrip().rpartition("\n")[2].strip()
    if not last or text.rstrip(" \t").endswith("\n"):
        return True
    return bool(_FINISHED.search(last)) and last.count('"') % 2 == 0


def render_text(text: str) -> str:
    """Return a block's text as prose: glue resolved, every line a paragraph."""
    text = _GLUED.sub("", text).lstrip(" \t\n,;")
    return "\n\n".join(filter(None, (line.strip() for line in text.split("\n"))))
