"""Tests of summaries without a model: which sentences are chosen, and within which bounds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.memory import extractive_summary
from dungeon.memory.extractive_summary import summarise
from dungeon.story import Kind, Turn

PLAIN = "The path goes on between the trees. Leaves lie on it. The air is mild and still."


def turns(*texts: str) -> list[Turn]:
    return [
        Turn(str(n), None, Kind.DO if n else Kind.OPENING, "You go.", text)
        for n, text in enumerate(texts)
    ]


def test_names_deaths_and_things_taken_are_chosen_in_their_order() -> None:
    story = turns(
        "You are a carter with two mules. Rain is in the air.",
        f"{PLAIN} The smith is dead. Nobody says more about it.",
        f"{PLAIN} Old Marta gives you a brass key and closes your fist over it.",
        f"{PLAIN} The dog's name is Barley.",
    )
    found = summarise(story, 200)
    chosen = ["You are a carter", "The smith is dead.", "Old Marta gives you", "name is Barley"]
    places = [found.find(each) for each in chosen]
    assert -1 not in places
    assert places == sorted(places)
    assert "Leaves lie" not in found


def test_a_sentence_that_begins_with_a_pronoun_has_the_one_before_it() -> None:
    story = turns(PLAIN, f"{PLAIN} The miller sits down. He must be at the ford before dawn.")
    assert "The miller sits down. He must be at the ford" in summarise(story, 120)


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ("You break the lock.", "You cannot break it."),
        ("You break the lock. (You roll 6 of 20 and fail.)", "It bends, and a man laughs at you."),
    ],
)
def test_what_was_not_done_is_not_told_as_done(action: str, text: str) -> None:
    story = [*turns("You are in a hall."), Turn("1", None, Kind.DO, action, text)]
    told = summarise(story, 200)
    assert told != summarise(story[:1], 200)
    assert "You break the lock." not in told


def test_looking_around_is_not_told_where_something_happens() -> None:
    story = [
        Turn(str(n), None, Kind.DO, "You look around.", "You look around. It is dark.")
        for n in range(30)
    ]
    story[7] = Turn("7", None, Kind.DO, "You stab the king.", "He falls dead.")
    story[9] = Turn("9", None, Kind.DO, "You take the crown.", "You put it in your sack.")
    story[28] = Turn("28", None, Kind.DO, "You push the door.", "The door opens.")
    assert summarise(story, 480, 4) == (
        "You stab the king. He falls dead. You take the crown. You put it in your sack. "
        "The door opens."
    )


def test_a_thing_that_comes_back_later_is_told_when_it_is_brought_in() -> None:
    story = turns(
        "You are in a hall.",
        "There is a black stone on a table. There is a green chair.",
        *(f"{PLAIN} The stone hums." for _ in range(3)),
        *[PLAIN] * 12,
    )
    found = summarise(story, 70)
    assert "a black stone" in found
    assert "chair" not in found


def test_every_stretch_has_a_part() -> None:
    story = turns(*(f"The well of Tamlin number {n} is locked. {PLAIN}" for n in range(60)))
    found = summarise(story, 600)
    numbers = [n for n in range(60) if f"number {n} " in found]
    assert numbers[0] < 20
    assert any(20 <= n < 40 for n in numbers)
    assert numbers[-1] >= 40


@given(st.lists(st.text(), max_size=8), st.integers(0, 300), st.integers(1, 4))
def test_any_text_keeps_within_the_bounds_and_is_the_same_again(
    texts: list[str], characters: int, most: int
) -> None:
    story = turns(*texts)
    found = summarise(story, characters, most)
    assert len(found) <= characters
    assert found == summarise(story, characters, most)


def test_the_work_grows_with_the_story_and_not_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    weighed = 0

    def gain(*arguments: Any) -> float:
        nonlocal weighed
        weighed += 1
        return plain(*arguments)

    plain = extractive_summary._Selection.gain
    monkeypatch.setattr(extractive_summary._Selection, "gain", gain)
    story = turns(*(f"The well of Tamlin number {n} is locked. {PLAIN}" for n in range(200)))
    assert summarise(story, 600)
    assert weighed < 20 * 4 * len(story)


def test_hostile_texts_keep_within_the_bounds() -> None:
    story = turns("You are " * 5_000, "Ann " * 5_000 + ".", '"' * 9_000, "a, B" * 5_000)
    assert len(summarise(story, 200)) <= 200
