"""Build an adventure from the actions and the prose of another program's file, in their order."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from types import MappingProxyType

from dungeon import story, transcript
from dungeon.story import MAX_NOTE_DEPTH, Adventure, Kind, Turn
from dungeon.text import clean, clean_line
from dungeon.text.counts import count
from dungeon.transfer.imports import Notes
from dungeon.transfer.strict_json import refuse

MAX_TURNS = 50_000
MAX_TITLE = 80

_EMPTY, _SAME = "without a word", "with the same words as the one that was kept"
"""Why another reply becomes no branch."""

_SPEECH = ('You say "', "You say “")


class StoryBuilder:
    """Collects blocks: prose after an action is its reply, any other prose a turn of its own."""

    def __init__(self, place: str) -> None:
        """`place` is the file's name, for errors."""
        self._place = place
        self._turns: dict[str, Turn] = {}
        self._action: tuple[Kind, str] | None = None
        self._head: str | None = None
        self._alternatives = 0
        self._lost: Counter[str] = Counter()

    @property
    def has_story(self) -> bool:
        """Whether anything was added yet."""
        return bool(self._turns)

    @property
    def has_text(self) -> bool:
        """Whether anything was added yet, an action without a reply included."""
        return self.has_story or self._action is not None

    def add_text(self, text: str) -> None:
        """Add a text in which lines that begin with `>` are the player's."""
        self.add_blocks(transcript.read(clean(text)))

    def add_blocks(self, blocks: Iterable[transcript.Block]) -> None:
        """Add the blocks of a transcript."""
        for block in blocks:
            match block:
                case transcript.ActionLine(text):
                    self.add_action(text)
                case transcript.Prose(text):
                    self.add_prose(text)

    def add_action(self, text: str) -> None:
        """Add a line of the player's."""
        line = " ".join(transcript.normalise(clean(text)).split())
        if not line:
            return
        self.flush()
        self._action = (Kind.SAY if line.startswith(_SPEECH) else Kind.DO, line)

    def add_prose(self, text: str, *, when: datetime | None = None) -> None:
        """Add prose of the story."""
        prose = transcript.normalise(clean(text))
        if not prose:
            return
        if self._action is not None:
            self._add(*self._action, prose, when)
        else:
            self._add(Kind.CONTINUE if self._turns else Kind.OPENING, "", prose, when)

    def add_alternatives(self, texts: Iterable[str]) -> None:
        """Add the other replies to the action that was answered last, as branches.

        The one that was kept may stand among them. What becomes no branch is reported.
        """
        is_kept_seen = False
        for text in texts:
            prose = transcript.normalise(clean(text))
            if not prose or self._head is None or self._action is not None:
                self._lost[_EMPTY] += 1
            elif prose != self._turns[self._head].text:
                self._add_alternative(self._head, prose)
            elif is_kept_seen:
                self._lost[_SAME] += 1
            else:
                is_kept_seen = True

    def _add_alternative(self, head: str, prose: str) -> None:
        at = self._turns[head]
        self._insert(at.parent, at.kind, at.action, prose, at.created)
        self._head = head
        self._alternatives += 1

    def flush(self) -> None:
        """Make a turn of an action that has no reply."""
        if self._action is not None:
            self._add(*self._action, "", None)

    def adventure(
        self,
        title: str,
        notes: Notes,
        *,
        memory: str = "",
        note: str = "",
        note_depth: int = 0,
        foreign: str = "",
        lore: str = "",
    ) -> Adventure:
        """Return the adventure, and note what it holds. Refuses a file without a story."""
        self.flush()
        if not self._turns:
            refuse(self._place, f"is {notes.format}, but there is no story in it")
        adventure = Adventure(
            id=story.new_id(),
            title=clean_line(title)[:MAX_TITLE].strip() or "An adventure",
            memory=memory.strip(),
            note=" ".join(note.split()),
            note_depth=min(max(note_depth, 0), MAX_NOTE_DEPTH) if note else 0,
            turns=MappingProxyType(dict(self._turns)),
            head=self._head,
            tip=self._head,
            foreign_fields=foreign,
            lore=lore,
        )
        path = adventure.path()
        notes.taken.append(count(len(path), "turn"))
        notes.taken.append(count(sum(bool(turn.action) for turn in path), "action"))
        if self._alternatives:
            notes.taken.append(count(self._alternatives, "other reply", "other replies"))
        for reason, number in self._lost.items():
            notes.dropped.append(f"{count(number, 'other reply', 'other replies')} {reason}")
        if adventure.note_depth:
            notes.changed.append("the depth of the author's note, which is counted in turns")
        notes.taken += [name for name, text in {"memory": memory, "note": note}.items() if text]
        return adventure

    def _add(self, kind: Kind, action: str, text: str, when: datetime | None) -> None:
        if not self._turns and kind is not Kind.OPENING:  # every story has an opening
            self._insert(None, Kind.OPENING, "", "", when)
        self._action = None
        self._insert(self._head, kind, action, text, when)

    def _insert(
        self, parent: str | None, kind: Kind, action: str, text: str, when: datetime | None
    ) -> None:
        if len(self._turns) >= MAX_TURNS:
            refuse(self._place, f"has more than {MAX_TURNS:,} turns")
        turn = Turn(story.new_id(), parent, kind, action, text, created=when or datetime.now(UTC))
        self._turns[turn.id] = turn
        self._head = turn.id
