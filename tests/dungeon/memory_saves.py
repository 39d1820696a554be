"""Provides MemorySaves: the saves a game needs, in a dictionary, with failures on request."""

from typing import Unpack

from dungeon.errors import HeadMoved, NotSaved
from dungeon.story import Adventure, Changes, Draft, Turn
from dungeon.story.edited_line import EditedLine
from dungeon.story.history import Revision


class MemorySaves:
    """Keeps what is saved; `full` makes every write fail, `moved` plays another window."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.heads: list[str | None] = []
        self.kept: Draft | None = None
        self.drafts: list[Draft] = []
        self.revised: list[Changes] = []
        self.full = False
        self.moved = False

    def _write(self) -> None:
        if self.full:
            raise NotSaved("The disk is full.")

    def append(self, adventure_id: str, turn: Turn, *, expected_head: str | None) -> None:
        self._write()
        self.turns.append(turn)
        self.kept = None
        if self.moved:
            raise HeadMoved("Another window moved this adventure on.")
        self.heads.append(turn.id)

    def append_line(
        self, adventure_id: str, line: EditedLine, *, expected_head: str | None
    ) -> None:
        self._write()
        if self.moved:
            raise HeadMoved("Another window moved this adventure on.")
        self.turns += line.turns
        self.kept = None
        self.heads.append(line.head)

    def move_head(
        self, adventure_id: str, *, head: str, tip: str | None, expected_head: str | None
    ) -> None:
        self._write()
        self.heads.append(head)

    def revise(self, adventure_id: str, **changes: Unpack[Changes]) -> None:
        self._write()
        self.revised.append(changes)

    def keep_draft(self, adventure_id: str, draft: Draft) -> None:
        self._write()
        self.kept = draft
        self.drafts.append(draft)

    def drop_draft(self, adventure_id: str) -> None:
        self._write()
        self.kept = None

    def draft(self, adventure_id: str) -> Draft | None:
        return self.kept

    def former_values(self, adventure: Adventure) -> tuple[Revision, ...]:
        return ()
