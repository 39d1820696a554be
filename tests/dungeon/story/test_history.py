"""Tests of an adventure as it was at an earlier time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dungeon.story import Adventure, Kind, Provenance, StorySummary, Turn
from dungeon.story.history import Revision, adventure_at, has_undated_state, versions_before
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from tests.rows import every_row

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def event(turn: str, made: datetime | None) -> StateEvent:
    lamp = Change(Category.ITEM, "a lamp")
    return StateEvent(turn, lamp, Decision.ACCEPTED, Source.PLAYER, made)


def story() -> Adventure:
    """Return an adventure of an opening and a turn of minute 10 that took a minute."""
    opening = Turn("o", None, Kind.OPENING, "", "You wake.", created=at(0))
    provenance = Provenance(milliseconds=60_000)
    turn = Turn("t", "o", Kind.DO, "You look.", "It is dark.", provenance, at(10))
    return Adventure("a", "T", memory="now").with_turn(opening).with_turn(turn)


MEMORY = (
    Revision("memory", "third", at(9.5)),
    Revision("memory", "second", at(5)),
    Revision("note", "other", at(4)),
    Revision("memory", "first", at(2)),
)


@every_row(
    ("minute", "memory"),
    [(0, "first"), (2, "second"), (4.9, "second"), (9, "third"), (9.5, "now"), (99, "now")],
)
def test_a_field_has_the_value_that_was_replaced_next(minute: float, memory: str) -> None:
    assert adventure_at(story(), MEMORY, at(minute)).memory == memory


@every_row(("stored", "depth"), [("3", 3), ("-1", 0), ("999", 50), ("x", 0)])
def test_a_depth_is_one_whatever_is_stored(stored: str, depth: int) -> None:
    revisions = (Revision("note_depth", stored, at(5)),)
    assert adventure_at(story(), revisions, at(1)).note_depth == depth


def test_summaries_and_decisions_are_those_of_then_and_undated_ones_count_as_earlier() -> None:
    events = (event("o", at(1)), event("o", None), event("o", at(3)))
    summaries = tuple(StorySummary(str(n), "o", "o", f"At {n}.", created=at(n)) for n in (1, 3))
    then = adventure_at(replace(story(), state_events=events, summaries=summaries), (), at(2))
    assert then.state_events == events[:2]
    assert then.summaries == summaries[:1]


def test_the_version_of_when_the_player_acted_comes_first_then_those_since() -> None:
    """The turn was finished in minute 10 and asked for in minute 9."""
    versions = list(versions_before(story(), MEMORY, story().turns["t"]))
    assert [version.memory for version in versions] == ["third", "now"]
    assert {version.head for version in versions} == {"o"}


def test_equal_versions_are_yielded_once_and_at_most_eight() -> None:
    turn = story().turns["t"]
    assert len(list(versions_before(story(), (), turn))) == 1
    many = [Revision("memory", str(n), at(9) + timedelta(seconds=n)) for n in range(1, 50)]
    assert len(list(versions_before(story(), many, turn))) == 8


def test_only_an_undated_decision_before_a_turn_makes_its_state_uncertain() -> None:
    turn = story().turns["t"]
    for events, is_uncertain in (
        ((), False),
        ((event("o", at(1)),), False),
        ((event("o", None),), True),
        ((event("t", None),), False),
    ):
        assert has_undated_state(replace(story(), state_events=events), turn) is is_uncertain
