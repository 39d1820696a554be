"""Tests of banned phrases in a text that is still being written."""

from dungeon.text.phrases import PASSAGE_WORDS, BannedPhrases, Scan, ban
from tests.rows import every_row

CLICHES = BannedPhrases(["heart skips a beat", "can't help but", "…"])
STORY = "The bell of the old abbey rings. “You are late again, my friend,” he says."


@every_row(
    ("text", "start"),
    [
        ("Your heart skips a beat.", 5),
        ("HEART, skips a — beat!", 0),
        ("You can’t help but laugh.", 4),
        ("Your heart skips a beating.", None),
        ("Your sweetheart skips a beat.", None),
        ("Your heart skips a", None),
        ("", None),
    ],
)
def test_a_phrase_is_found_on_the_borders_of_words(text, start):
    assert CLICHES.scan(text, is_whole=True).phrase_start == start


@every_row(
    ("text", "safe"),
    [
        ("Your heart skips", 5),
        ("Your heart skips ", 5),
        ("Your heart sk", 5),
        ("Your heart skis", 15),
        ("Your heart skip ", 16),
        ("Your heart skips a beat", 5),  # it may become a beating
        ("You can", 4),
        ("You can'", 4),
        ("You cannot", 10),
    ],
)
def test_text_is_safe_up_to_where_a_phrase_may_begin(text, safe):
    assert CLICHES.scan(text) == Scan(None, safe)


def test_a_word_that_began_before_begins_no_phrase():
    assert CLICHES.scan("heart skips a beat. ", before="sweet") == Scan(None, 20)
    assert CLICHES.scan("'heart skips a beat. ", before="sweet").phrase_start is None
    assert CLICHES.scan("heart skips a beat. ", before="your ").phrase_start == 0


def test_six_words_of_the_story_are_banned_and_five_are_not():
    banned = ban((), [STORY])
    assert "bell of the old abbey rings" in banned
    assert "OF THE OLD ABBEY RINGS; you" in banned
    assert "bell of the old abbey" not in banned
    assert banned.scan("A bell of the old abbey tolls.", is_whole=True).phrase_start is None


def test_a_passage_is_found_at_its_last_word_and_a_phrase_at_the_end_of_it():
    banned = ban(["of the old mill"], [STORY])
    start = "Here the bell of the old abb"
    assert banned.scan(start) == Scan(None, start.index("the"))
    assert banned.scan(start + "ey") == Scan(5, 5, len(start) + 2)
    assert banned.scan("Here the bell of the old mill") == Scan(None, 14)
    assert banned.scan("Here the bell of the old mill.") == Scan(14, 14, 29)


def test_what_the_player_wrote_is_not_banned():
    action = "You carve “the bell of the old abbey rings” into the door."
    banned = ban(["old abbey", "heart skips a beat"], [STORY], allowed=[action])
    assert "the bell of the old abbey rings" not in banned
    assert "old abbey" not in banned
    assert "you are late again my friend" in banned
    assert "heart skips a beat" in banned


def test_no_phrase_is_banned_by_an_empty_story():
    assert not ban(["", "!"], ["", " ".join(["word"] * (PASSAGE_WORDS - 1))])


def test_what_the_story_may_quote_again_is_no_leave_for_a_banned_phrase() -> None:
    sign = "No one who has got a beard may cross the old bridge."
    banned = ban(["got a beard"], [sign], repeatable=[sign])
    assert banned.scan("May cross the old bridge by day.", is_whole=True).phrase_start is None
    assert banned.scan("No one who has got a beard.", is_whole=True).phrase_start == 15
    assert ban([], [sign]).scan(sign, is_whole=True).phrase_start == 0
