"""Tests of what is searched for, which turns are chosen, and how they are quoted."""

from hypothesis import given
from hypothesis import strategies as st

from dungeon.memory.retrieval import MAX_WORDS, Match, choose, query_words, quote, quote_part
from dungeon.story import Kind, Turn
from tests.rows import every_row

TURNS = [Turn(str(n), str(n - 1) if n else None, Kind.DO, "", f"w{n}.") for n in range(6)]
KEY = Match("1", ("key",))
FOX = Match("4", ("fox",))
OAR = Match("2", ("oar",))


@every_row(
    ("action", "words"),
    [
        ("You unlock the gate with the brass key.", ("unlock", "gate", "brass", "key")),
        ("You look at Mara's ring.", ("mara", "ring")),
        ("You take the Miller’s sack.", ("miller", "sack")),
        ('You say "What is it, Mara? Mara!"', ("mara",)),
        ("You don't wait.", ()),
        ("You jump. (You roll 14 of 20 and succeed.)", ("jump",)),
        ("You open room 7 b.", ("open", "room", "7")),
        ("", ()),
        ("*** ... -", ()),
    ],
)
def test_the_words_say_what_an_action_is_about(action: str, words: tuple[str, ...]) -> None:
    assert query_words(action) == words


@given(st.text())
def test_any_action_has_few_distinct_words_that_are_safe_in_a_query(action: str) -> None:
    words = query_words(action)
    assert len(set(words)) == len(words) <= MAX_WORDS
    assert not any(mark in word for word in words for mark in '" *:^')


def test_the_best_matches_are_quoted_in_the_order_of_the_story() -> None:
    assert choose([FOX, KEY], [], TURNS, anew=True) == (KEY, FOX)


def test_quoted_turns_stay_while_the_best_match_is_among_them() -> None:
    assert choose([FOX, OAR], [KEY, FOX], TURNS, anew=False) == (KEY, FOX)
    assert choose([], [KEY, FOX], TURNS, anew=False) == (KEY, FOX)


def test_a_better_match_replaces_them() -> None:
    assert choose([OAR, FOX], [KEY, FOX], TURNS, anew=False) == (OAR, FOX)


def test_a_new_beginning_of_the_prompt_chooses_anew() -> None:
    assert choose([FOX], [KEY, FOX], TURNS, anew=True) == (FOX,)
    assert choose([], [KEY], TURNS, anew=True) == ()


def test_turns_of_another_branch_or_inside_the_context_are_dropped() -> None:
    assert choose([], [KEY, FOX], TURNS[:3], anew=False) == (KEY,)


def test_a_quotation_is_one_marked_line_without_an_action_mark() -> None:
    turn = Turn("a", None, Kind.DO, "You lift the mat.", "A key.\n\n> Odd, that.\nIt is cold.")
    assert quote(turn) == "[Earlier in the story: You lift the mat. A key. Odd, that. It is cold.]"


def test_what_came_of_an_action_is_quoted_before_the_action() -> None:
    text = "Dust falls. The brass key lies under the mat. The dog barks at the gate."
    turn = Turn("a", None, Kind.DO, "You look for the key under the mat in the hall.", text)
    key = "[Earlier in the story: … The brass key lies under the mat.]"
    assert quote_part(turn, ("key", "mat"), 60) == key
    assert quote_part(turn, ("dog", "mat", "gate"), 40).endswith("… The dog barks at the gate.]")
    action = "[Earlier in the story: You look for the key under the mat in the hall.]"
    assert quote_part(turn, ("hall",), 55) == action


def test_fewer_turns_are_quoted_where_there_is_little_room() -> None:
    assert len(choose([KEY, FOX], [], TURNS[:3], anew=True, limit=1)) == 1


def test_a_long_turn_is_quoted_from_the_sentence_that_matches() -> None:
    turn = Turn("a", None, Kind.OPENING, "", "Rain falls. The keys hang here. A dog barks. Go on.")
    assert (
        quote_part(turn, ("key",), 40)
        == "[Earlier in the story: … The keys hang here. A dog barks.]"
    )
    assert quote_part(turn, ("rain",), 12) == "[Earlier in the story: Rain falls.]"
    assert quote_part(turn, ("key",), 5) == ""
