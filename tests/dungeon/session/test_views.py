"""Test the texts that both front ends show."""

from datetime import UTC, datetime, timedelta

from dungeon.commands.edited_actions import as_typed
from dungeon.session.search_view import no_hits
from dungeon.session.views import age, count_of_turns
from dungeon.story import Kind
from tests.rows import every_row

NOW = datetime(2026, 5, 17, 20, 0, tzinfo=UTC)


@every_row(
    ("before", "text"),
    [
        (timedelta(seconds=-5), "now"),
        (timedelta(minutes=1), "a minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(hours=25), "a day ago"),
        (timedelta(days=60), "2 months ago"),
    ],
)
def test_an_age_is_readable(before: timedelta, text: str) -> None:
    assert age(NOW - before, NOW) == text


def test_turns_are_counted_with_their_noun() -> None:
    assert count_of_turns(1) == "1 turn"
    assert count_of_turns(1234) == "1,234 turns"


def test_speech_is_typed_again_without_its_frame() -> None:
    assert as_typed(Kind.SAY, 'You say "Hello there."') == "Hello there."
    assert as_typed(Kind.DO, "You wait.") == "You wait."


@every_row(
    ("query", "is_advised"),
    [("mill x", True), ("x!", True), ("mill", False), ("灯", False), ("it's x-ray", False)],
)
def test_who_finds_nothing_with_one_letter_is_advised(query: str, is_advised: bool) -> None:
    assert ("type two or more" in no_hits(query)) is is_advised
