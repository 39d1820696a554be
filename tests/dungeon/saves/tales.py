"""Provides adventures to save: short, branched, long, and hard on every encoding."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from dungeon.dice import Attribute, DiceRules
from dungeon.story import Adventure, Kind, Provenance, StorySummary, SummarySource, Turn, new_id
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent

BEGINNING = datetime(2026, 1, 31, 20, 15, 0, 123456, tzinfo=UTC)

REPLIED = Provenance(
    model="smol@abc",
    seed=7,
    sampling={"temperature": 0.8, "top_k": 40, "stop": ["\n>"], "preset": "wild"},
    prompt_tokens=812,
    prompt_tokens_evaluated=44,
    tokens=61,
    milliseconds=903,
    roll="9 12 +2 luck",
    ended="sentence",
)


def opened(title: str = "The Lamp", text: str = "A lamp burns in the window.") -> Adventure:
    """Return an adventure that has only its opening."""
    turn = Turn(new_id(), None, Kind.OPENING, "", text, created=BEGINNING)
    return Adventure(
        id=new_id(),
        title=title,
        scenario="lamp",
        memory="You keep a lighthouse.",
        note="Write plainly.",
        note_depth=2,
        dice=DiceRules((Attribute("luck", 2, ("bet",)),), risky=True, threshold=12),
        turns=MappingProxyType({turn.id: turn}),
        head=turn.id,
        tip=turn.id,
        created=BEGINNING,
        changed=BEGINNING,
    )


def following(parent: str | None, action: str = "You wait.", text: str = "Nothing stirs.") -> Turn:
    """Return a turn that follows `parent`."""
    return Turn(new_id(), parent, Kind.DO, action, text, REPLIED, BEGINNING + timedelta(hours=1))


def played(turns: int, title: str = "The Lamp") -> Adventure:
    """Return an adventure with a line of `turns` turns, the opening counted."""
    adventure = opened(title)
    made = dict(adventure.turns)
    head = adventure.head
    for number in range(1, turns):
        turn = following(head, f"You count to {number}.", f"The clock strikes {number} times.")
        made[turn.id] = turn
        head = turn.id
    return replace(adventure, turns=MappingProxyType(made), head=head, tip=head)


def branched() -> Adventure:
    """Return an adventure with two branches, the player standing before the tip of the second."""
    adventure = played(3)
    opening = next(iter(adventure.turns))
    other = following(opening, 'You say "Hello?"', "“Hello,” says the dark. 🗝️ Ünïcödé 灯台")
    grown = adventure.with_turn(other).with_turn(following(other.id, "", "It goes on."))
    summary = StorySummary("s1", other.id, opening, "A lamp burns.", created=BEGINNING)
    pinned = replace(summary, id="s2", text="", source=SummarySource.PLAYER, pinned=True)
    events = (
        StateEvent(
            opening, Change(Category.PLACE, "in the tower"), Decision.ACCEPTED, Source.PLAYER
        ),
        StateEvent(
            other.id, Change(Category.PERSON, "Bram", "is dead"), Decision.REJECTED, Source.RULE
        ),
    )
    told = replace(grown, summaries=(summary, pinned), state_events=events)
    return told.with_head(other.id)
