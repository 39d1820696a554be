"""Random macros: drawn once, repeatable, and refused where they cannot be drawn."""

from random import Random

import pytest

from dungeon.errors import InputRefused
from dungeon.scenarios.macros import check_macros, draw_macros, without_faults
from dungeon.scenarios.parser import from_player
from dungeon.story import Scenario
from tests.rows import every_row


def _draw(opening: str, seed: int = 0, memory: str = "") -> Scenario:
    return draw_macros(Scenario("s", "S", "g", "S.", opening, memory, memory), Random(seed))


def test_a_seed_repeats_its_draws_and_other_seeds_draw_otherwise():
    text = "{{random::a::b::c}} {{roll:2d6}}"
    drawn = {_draw(text, seed).opening for seed in range(40)}
    assert len(drawn) > 10
    assert _draw(text, 7) == _draw(text, 7)
    assert all(word in "a b c" and 2 <= int(sum_) <= 12 for word, sum_ in map(str.split, drawn))


def test_each_random_is_drawn_by_itself_and_a_pick_is_the_same_everywhere():
    picks = [_draw("{{pick::a::b}}", seed, "{{ pick::a::b }}{{pick::a::b}}") for seed in range(9)]
    assert all(s.memory == s.note == s.opening * 2 for s in picks)
    assert {s.opening for s in picks} == {"a", "b"}
    assert len({_draw("{{random::a::b}}" * 2, seed).opening for seed in range(20)}) == 4


@every_row(
    ("text", "possible"),
    [
        ("{{Random:a, b}}", {"a", "b"}),
        ("{{random::::b}}", {"", "b"}),
        ("{{random::${hero}::${a b}}}", {"${hero}", "${a b}"}),
        ("{{roll:d2}}", {"1", "2"}),
        ("{{roll:1d2-1}}", {"0", "1"}),
        ("{{roll d2}}", {"1", "2"}),  # as in SillyTavern
        ("{{char}} {{", {"{{char}} {{"}),
    ],
)
def test_what_can_be_drawn(text, possible):
    assert {_draw(text, seed).opening for seed in range(20)} == possible
    check_macros(Scenario("s", "S", "g", "S.", text), "s.toml")


@every_row(
    ("text", "reason"),
    [
        ("{{random::a}}", "Give it 2 to 50 options"),
        ("{{random}}", "Give it 2 to 50 options"),
        ("{{pick::" + "a::" * 60 + "}}", "{{pick::a grey cat"),
        ("{{roll:2x6}}", "1 to 100 dice"),
        ("{{roll:999d6}}", "1 to 100 dice"),
        ("{{roll:1d1}}", "2 to 1000 sides"),
        ("{{random::a::b", "does not end"),
        ("{{random::a::{{roll:d6}}}}", "holds another one"),
        ("{{randm::a::b}}", "Did you mean"),
        ("{{random::a" * 2000, "does not end"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_its_place(text, reason):
    with pytest.raises(InputRefused) as refused:
        check_macros(Scenario("s", "S", "g", "S.", "You wait.", text), "s.toml")
    assert "s.toml: `memory`" in str(refused.value)
    assert reason in str(refused.value)
    with pytest.raises(InputRefused):
        from_player(f"You wait. {text}")


@every_row(
    ("text", "left"),
    [
        ("A {{random::cat}} and {{pick::a::b}}.", "A random::cat and {{pick::a::b}}."),
        ("{{random::a::{{roll:d6}}}}", "random::a::{{roll:d6}}}}"),
        ("{{randm::a::b}} {{char}} {{", "randm::a::b {{char}} {{"),
        ("{{{random::a}} {{random::b", "{random::a random::b"),
        ("{{random::a" * 2000, "random::a" * 2000),
        ("{{ {{roll:d}}x", " roll:dx"),
        ("{{ " * 6000 + "{{roll}}", " " * 6000 + "roll"),
    ],
)
def test_the_words_of_a_macro_that_cannot_be_drawn_stay(text, left):
    assert without_faults(text) == left
    check_macros(Scenario("s", "S", "g", "S.", left), "s.toml")


def test_a_title_of_its_own_is_checked_and_one_of_the_opening_is_not():
    text = "You wait in {{random::a::an old}} mill. It is cold."
    for title, summary in (("Mill {{random::a}}", "S."), ("Mill", "S {{roll:d1}}.")):
        with pytest.raises(InputRefused, match="cannot be drawn"):
            check_macros(Scenario("s", title, "g", summary, text), "s.toml")
    long = "You wait, " + "and wait, " * 3 + "{{random::here::there}}."
    assert "{{random" not in draw_macros(from_player(long), Random(0)).title
