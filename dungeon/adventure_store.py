"""Keep an adventure and its saves in step.

A turn that cannot be saved (the disk is full) is not lost: it waits, and is saved before the next
one.
"""

from contextlib import suppress
from dataclasses import replace
from typing import Protocol

from dungeon.errors import HeadMoved, InputRefused, NotSaved
from dungeon.story import Action, Adventure, Draft, Kind, Provenance, Turn, new_id


class Saves(Protocol):
    """What a game needs of the library of saves. Every method raises SavesError."""

    def append(self, adventure_id: str, turn: Turn, *, expected_head: str | None) -> None:
        """Save `turn` and move the head to it; HeadMoved where only the turn could be saved."""
        ...

    def move_head(
        self, adventure_id: str, *, head: str, tip: str | None, expected_head: str | None
    ) -> None:
        """Move the head; HeadMoved where it no longer stood where it was expected."""
        ...

    def revise(
        self,
        adventure_id: str,
        *,
        title: str | None = None,
        memory: str | None = None,
        note: str | None = None,
    ) -> None:
        """Change what is given, keeping what was."""
        ...

    def keep_draft(self, adventure_id: str, draft: Draft) -> None:
        """Save the turn under way."""
        ...

    def drop_draft(self, adventure_id: str) -> None:
        """Forget the turn under way."""
        ...

    def draft(self, adventure_id: str) -> Draft | None:
        """Return the turn that was under way when the game last ended, if there was one."""
        ...


class AdventureStore:
    """One adventure, as it is played and as it is saved."""

    def __init__(self, saves: Saves, adventure: Adventure) -> None:
        self.adventure = adventure
        """The adventure as it stands; replaced, never changed."""
        self._saves = saves
        self._waiting: list[tuple[Turn, str | None]] = []

    @property
    def unsaved(self) -> int:
        """How many turns stand on the screen but could not be saved yet."""
        return len(self._waiting)

    def commit(
        self, parent: str | None, action: Action, text: str, provenance: Provenance
    ) -> tuple[Turn, str]:
        """Save a new turn and move the head to it; return it, and why it is not saved if it is not.

        It is a part of the adventure either way.
        """
        turn = Turn(new_id(), parent, action.kind, action.text, text, provenance)
        self._waiting.append((turn, self.adventure.head))
        warning = ""
        try:
            self.flush()
        except (NotSaved, HeadMoved) as error:
            warning = str(error)
        self.adventure = self.adventure.with_turn(turn)
        return turn, warning

    def flush(self) -> None:
        """Save every turn that waits, oldest first. Raises NotSaved or HeadMoved."""
        while self._waiting:
            turn, expected = self._waiting[0]
            try:
                self._saves.append(self.adventure.id, turn, expected_head=expected)
            except HeadMoved:
                self._waiting.pop(0)  # it is saved, as a branch
                raise
            self._waiting.pop(0)

    def stand_at(self, head: str) -> None:
        """Move the head. Raises NotSaved or HeadMoved; nothing has changed then."""
        self.flush()
        moved = self.adventure.with_head(head)
        self._saves.move_head(
            self.adventure.id, head=head, tip=moved.tip, expected_head=self.adventure.head
        )
        self.adventure = moved

    def revise(self, title: str | None, memory: str | None, note: str | None) -> None:
        """Change what is given. Raises NotSaved; nothing has changed then."""
        now = self.adventure
        self._saves.revise(now.id, title=title, memory=memory, note=note)
        self.adventure = replace(
            now,
            title=now.title if title is None else title,
            memory=now.memory if memory is None else memory,
            note=now.note if note is None else note,
        )

    # The turn under way. An unsaved draft is reported when its turn is saved.

    def keep(self, draft: Draft) -> None:
        """Save the turn under way."""
        with suppress(NotSaved):
            self._saves.keep_draft(self.adventure.id, draft)

    def drop(self) -> None:
        """Forget the turn under way."""
        with suppress(NotSaved):
            self._saves.drop_draft(self.adventure.id)

    def draft(self) -> Draft | None:
        """Return the turn that was under way here when a game last ended, if there was one."""
        draft = self._saves.draft(self.adventure.id)
        return draft if draft is not None and draft.parent == self.adventure.head else None

    # What can be taken back.

    def last(self, otherwise: str) -> Turn:
        """Return the last turn behind the opening; refuse with the sentence `otherwise`."""
        last = self.adventure.current_turn()
        if last is None or last.parent is None:
            raise InputRefused(otherwise)
        return last

    def before(self, turn: Turn) -> Adventure:
        """Return the adventure as it stood before `turn`."""
        return replace(self.adventure, head=turn.parent)


def opening_turn(text: str) -> Turn:
    """Return the turn an adventure begins with."""
    return Turn(new_id(), None, Kind.OPENING, "", text, Provenance(ended="written"))
