"""Test what is suggested of an action and its reply, with a table of sentences."""

from collections.abc import Iterator
from pathlib import Path

from dungeon.state import read_change, sentence_of, suggestions
from dungeon.story import Adventure, Kind, Turn
from dungeon.story.state_events import Decision, Source, StateEvent
from tests.rows import every_row

TABLE = Path(__file__).with_name("suggestions.txt")
CARRIED = ("a brass lamp", "some bread", "a knife", "two coins")
BEFORE = Turn("0", None, Kind.OPENING, "", "Night.")


def rows() -> Iterator[tuple[str, str, list[str]]]:
    for line in TABLE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            action, reply, expected = (part.strip() for part in line.split("|"))
            yield action, reply, [each.strip() for each in expected.split(";") if each.strip()]


ROWS = list(rows())


@every_row(("action", "reply", "expected"), ROWS)
def test_suggestions_of_a_turn(action: str, reply: str, expected: list[str]) -> None:
    carried = tuple(
        StateEvent("0", read_change(thing), Decision.ACCEPTED, Source.PLAYER) for thing in CARRIED
    )
    story = Adventure("a", "T", state_events=carried).with_turn(BEFORE)
    story = story.with_turn(Turn("1", "0", Kind.DO, action, reply))
    assert [sentence_of(one.change) for one in suggestions(story)] == expected


def test_half_of_the_table_suggests_nothing() -> None:
    nothing = [row for row in ROWS if not row[2]]
    assert len(ROWS) >= 120
    assert len(nothing) * 2 >= len(ROWS)
