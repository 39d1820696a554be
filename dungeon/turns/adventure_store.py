"""Keep an adventure in memory and its saves in sync.

A turn that cannot be saved, for example because the disk is full, is kept in memory and saved
before the next one.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Protocol, Unpack

from dungeon.errors import HeadMoved, InputRefused, NotSaved, SavesError
from dungeon.state import departure, find_changes, suggestions
from dungeon.state.rules import EARLIER_TURNS
from dungeon.story import (
    Action,
    Adventure,
    Changes,
    Draft,
    Kind,
    Provenance,
    Scenario,
    Turn,
    new_id,
)
from dungeon.story.checkpoints import carry
from dungeon.story.edited_line import EditedLine, edited_line
from dungeon.story.history import Revision
from dungeon.story.state_events import Change, Decision, StateMode
from dungeon.turns.turn_events import TurnEdited


class Saves(Protocol):
    """The methods of the library of saves that a game uses. Every one raises SavesError."""

    def append(self, adventure_id: str, turn: Turn, *, expected_head: str | None) -> None:
        """Save `turn` and move the head to it; HeadMoved where only the turn could be saved."""
        ...

    def append_line(
        self, adventure_id: str, line: EditedLine, *, expected_head: str | None
    ) -> None:
        """Save an edited turn with what follows it, and move head and tip there, or do nothing."""
        ...

    def move_head(
        self, adventure_id: str, *, head: str, tip: str | None, expected_head: str | None
    ) -> None:
        """Move the head; HeadMoved where another window moved it since."""
        ...

    def revise(self, adventure_id: str, **changes: Unpack[Changes]) -> None:
        """Change the fields that are given, and keep their former values."""
        ...

    def keep_draft(self, adventure_id: str, draft: Draft) -> None:
        """Save the draft of the current turn."""
        ...

    def drop_draft(self, adventure_id: str) -> None:
        """Delete the draft."""
        ...

    def draft(self, adventure_id: str) -> Draft | None:
        """Return the draft of a turn that was never finished, if there is one."""
        ...

    def former_values(self, adventure: Adventure) -> Sequence[Revision]:
        """Return the values that the fields of an adventure had before."""
        ...


class AdventureStore:
    """One adventure, in memory and in the saves."""

    def __init__(
        self,
        saves: Saves,
        adventure: Adventure,
        state_mode: Callable[[], StateMode] = lambda: "off",
    ) -> None:
        """`state_mode` says what happens with changes of the state that are found in a new turn."""
        self.adventure = adventure
        """The adventure in its current state; replaced, never mutated."""
        self._saves = saves
        self._state_mode = state_mode
        self._unsaved: list[tuple[Turn, str | None]] = []

    @property
    def unsaved(self) -> int:
        """Number of turns that could not be saved yet."""
        return len(self._unsaved)

    def commit(
        self, parent: str | None, action: Action, text: str, provenance: Provenance
    ) -> tuple[Turn, str]:
        """Save a new turn and move the head to it; return it with a warning if it is not saved.

        The adventure contains it either way.
        """
        turn = Turn(new_id(), parent, action.kind, action.text, text, provenance)
        warning = self._add(turn)
        if not warning:
            self._update_state(turn)
        return turn, warning

    def _add(self, turn: Turn) -> str:
        """Save a turn and move the head to it; return a warning if it is not saved."""
        self._unsaved.append((turn, self.adventure.head))
        warning = ""
        try:
            self.flush()
        except (NotSaved, HeadMoved) as error:
            warning = str(error)
        self.adventure = self.adventure.with_turn(turn)
        return warning

    def replace_turn(self, old: Turn, edited: Turn) -> TurnEdited:
        """Save `edited` as a branch beside `old`, with copies of the turns that follow `old`, and
        with the decisions, the summaries and the names of all of them.

        Where no turn follows, it is kept in memory if it cannot be saved, as any new turn. Else
        raises NotSaved or HeadMoved, and then changes nothing.
        """
        line = edited_line(self.adventure, old, edited, self._find_changes(edited))
        if len(line.turns) == 1:
            if warning := self._add(edited):
                return TurnEdited(edited, warning)
            self._add_decisions(line)
        else:
            self.flush()
            self._saves.append_line(self.adventure.id, line, expected_head=self.adventure.head)
            self.adventure = line.add_to(self.adventure)
        self._update_state(edited)
        return TurnEdited(edited, carried=len(line.turns) - 1)

    def _find_changes(self, edited: Turn) -> tuple[Change, ...]:
        """Return what an edited turn changes of the state; that a place was left is one."""
        then = self.adventure.with_turn(edited)
        left = departure(then)
        found = find_changes(edited, then.path()[:-1][-EARLIER_TURNS:])
        return (*found, *([left.change] if left else ()))

    def _add_decisions(self, line: EditedLine) -> None:
        """Save decisions, summaries and names of a line whose turns are saved, if they can be."""
        with suppress(NotSaved, HeadMoved):
            if line.state_events:
                self.revise({"new_state_events": line.state_events})
            for summary in line.summaries:
                self.revise({"summary": summary})
            now = self.adventure.checkpoints
            if (carried := carry(now, line.ids)) != now:
                self.revise({"checkpoints": carried})

    def _update_state(self, turn: Turn) -> None:
        """Note that the player has left a place in `turn`, and confirm what is found in it, where
        the settings say so. Where that cannot be saved, it stays a suggestion.
        """
        mode = self._state_mode()
        if mode == "off":
            return
        then = replace(self.adventure, head=turn.id)
        decided = {event.change for event in then.state_events if event.turn == turn.id}
        left = departure(then)
        events = [left] if left and left.change not in decided else []
        if mode == "auto":
            found = suggestions(then)
            events += [one.decide(Decision.ACCEPTED) for one in found if one.turn == turn.id]
        if events:
            with suppress(NotSaved, HeadMoved):
                self.revise({"new_state_events": tuple(events)})

    def flush(self) -> None:
        """Save every unsaved turn, oldest first. Raises NotSaved or HeadMoved."""
        while self._unsaved:
            turn, expected = self._unsaved[0]
            try:
                self._saves.append(self.adventure.id, turn, expected_head=expected)
            except HeadMoved:
                self._unsaved.pop(0)  # saved as a branch
                raise
            self._unsaved.pop(0)

    def move_head(self, head: str) -> None:
        """Move the head. Raises NotSaved or HeadMoved, and then changes nothing."""
        self.flush()
        moved = self.adventure.with_head(head)
        self._saves.move_head(
            self.adventure.id, head=head, tip=moved.tip, expected_head=self.adventure.head
        )
        self.adventure = moved

    def revise(self, changes: Changes) -> None:
        """Change fields of the adventure. Raises NotSaved, and then changes nothing."""
        if "new_state_events" in changes:
            self.flush()  # their turns come first
        self._saves.revise(self.adventure.id, **changes)
        self.adventure = self.adventure.with_changes(changes)

    def former_values(self) -> Sequence[Revision]:
        """Return the values that the fields of the adventure had before; none where they cannot be
        read.
        """
        try:
            return self._saves.former_values(self.adventure)
        except SavesError:
            return ()

    # The draft. If it cannot be saved, the player is told when its turn is saved.

    def save_draft(self, draft: Draft) -> None:
        """Save the draft of the current turn."""
        with suppress(NotSaved):
            self._saves.keep_draft(self.adventure.id, draft)

    def delete_draft(self) -> None:
        """Delete the draft."""
        with suppress(NotSaved):
            self._saves.drop_draft(self.adventure.id)

    def load_draft(self) -> Draft | None:
        """Return the draft of a turn after the head that was never finished, if there is one."""
        draft = self._saves.draft(self.adventure.id)
        return draft if draft is not None and draft.parent == self.adventure.head else None

    # Undo.

    def find(self, turn_id: str) -> Turn:
        """Return a turn by its id, the current one by default. Raises InputRefused."""
        turn = self.adventure.turns.get(turn_id or self.adventure.head or "")
        if turn is None:
            raise InputRefused("There is no reply to edit yet.")
        return turn

    def last_turn(self, refusal: str) -> Turn:
        """Return the current turn; raise InputRefused with `refusal` if that is the opening."""
        turn = self.adventure.current_turn()
        if turn is None or turn.parent is None:
            raise InputRefused(refusal)
        return turn

    def before_turn(self, turn: Turn) -> Adventure:
        """Return the adventure as it was before `turn`."""
        return replace(self.adventure, head=turn.parent)


def new_adventure(scenario: Scenario) -> Adventure:
    """Return an adventure that opens with `scenario`, its macros drawn and questions answered."""
    return Adventure(
        new_id(),
        scenario.title,
        scenario=scenario.name,
        memory=scenario.memory,
        note=scenario.note,
        lore=scenario.lore,
        foreign_fields=scenario.foreign_fields,
        dice=scenario.dice,
    ).with_turn(opening_turn(scenario.opening))


def opening_turn(text: str) -> Turn:
    """Return the first turn of an adventure."""
    return Turn(new_id(), None, Kind.OPENING, "", text, Provenance(ended="written"))
