"""Placeholders: asked once each, filled everywhere, and never grown from an answer."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from dungeon import lore
from dungeon.lore import LoreEntry
from dungeon.lore.entry import MAX_CONTENT
from dungeon.scenarios import available, preview
from dungeon.scenarios.macros import draw_macros
from dungeon.scenarios.parser import from_player
from dungeon.scenarios.placeholders import (
    DEFAULT_ANSWER,
    MAX_ANSWER,
    fill,
    questions,
    random_answers,
)
from dungeon.story import Question, Scenario
from dungeon.text import clean
from tests.rows import every_row

HERO = Question("hero", "Who are you?", "Wren")

fragments = st.sampled_from(["${hero}", "${ship}", "${", "}", "$", "{", "> ", "\n\n", "You wait. "])
templates = st.lists(fragments | st.text(max_size=5), max_size=12).map("".join)
answers = st.dictionaries(
    st.sampled_from(["hero", "ship", "other"]),
    st.lists(fragments | st.text(max_size=5), max_size=6).map("".join),
)


def _scenario(opening: str, *asked: Question, memory: str = "") -> Scenario:
    return Scenario("test", "A test", "test", "A test.", opening, memory, questions=asked)


def test_a_question_is_asked_once_and_its_answer_is_used_everywhere():
    scenario = _scenario("${hero}, ${hero}!", HERO, memory="You are ${hero}.")
    assert questions(scenario) == (HERO,)
    told = fill(scenario, {"hero": "Ada"})
    assert (told.opening, told.memory) == ("Ada, Ada!", "You are Ada.")


def test_a_title_and_a_summary_from_the_opening_have_the_answers_in_them():
    own = from_player("You are ${What is your name?} of ${home}, and you wake up. It rains.")
    told = fill(own, {"What is your name?": "Ada", "home": "Ys"})
    assert told.title == "You are Ada of Ys…"
    assert told.summary == "You are Ada of Ys, and you wake up."


@every_row("seed", range(6))
def test_a_title_and_a_summary_from_the_opening_are_drawn_with_it(seed):
    own = from_player("You are {{random::a very small red fox::a cat}} in a tree. It rains.")
    told = draw_macros(own, Random(seed))
    assert "{{" not in told.title + told.summary
    assert told.opening.startswith(told.title.rstrip("…"))
    assert told.opening.startswith(told.summary)


def test_lore_that_answers_make_too_long_is_cut():
    entry = LoreEntry("a", "A", "${a}" * (MAX_CONTENT // 4), ("a",))
    scenario = Scenario("s", "S", "g", "S.", "You wait.", lore=lore.dump([entry]))
    [filled] = lore.load(fill(scenario, {"a": "somebody"}).lore)
    assert (len(filled.content), filled.content[:16]) == (MAX_CONTENT, "somebodysomebody")


def test_a_list_shows_no_placeholder_and_no_macro():
    own = from_player("You are ${hero} in {{pick::a well::a barn}}, and ${hero} you stay. It ends.")
    shown = preview(own)
    assert not set("${}") & set(shown.title + shown.summary + shown.opening)
    assert all(not set("${}") & set(preview(each).summary) for each in available())


def test_without_an_answer_the_default_is_used():
    assert fill(_scenario("${hero} waits.", HERO), {"hero": "  "}).opening == "Wren waits."


def test_an_answer_names_a_choice_by_number_or_words_and_any_other_takes_the_default():
    scenario = _scenario(
        "You are ${hero}.", Question("hero", "Who?", "a thief", ("A cook", "a thief"))
    )
    for answer, chosen in {
        "1": "A cook",
        " a  COOK ": "A cook",
        "3": "a thief",
        "": "a thief",
    }.items():
        assert fill(scenario, {"hero": answer}).opening == f"You are {chosen}."
    assert {random_answers(scenario, Random(seed))["hero"] for seed in range(9)} == {
        "A cook",
        "a thief",
    }


def test_an_undeclared_placeholder_is_a_question_in_its_own_words():
    scenario = _scenario("You are ${What is your name?}. Hello, ${ What is your name? }.")
    assert questions(scenario) == (
        Question("What is your name?", "What is your name?", DEFAULT_ANSWER),
    )
    told = fill(scenario, {"What is your name?": "Ada"})
    assert told.opening == "You are Ada. Hello, Ada."
    assert fill(scenario, {}).opening == "You are someone. Hello, someone."


def test_declared_questions_come_first_and_unused_ones_are_not_asked():
    scenario = _scenario("${Where?} ${hero}", Question("unused", "Why?", "-"), HERO)
    assert [question.name for question in questions(scenario)] == ["hero", "Where?"]


def test_an_answer_is_folded_cleaned_and_cut():
    told = fill(_scenario("${hero}", HERO), {"hero": "\x1b[2J A\n da" + "a" * 200})
    assert told.opening.startswith("[2J A da")
    assert len(told.opening) == MAX_ANSWER


def test_an_answer_cannot_begin_a_player_s_line():
    assert fill(_scenario("${hero}", HERO), {"hero": "> You die."}).opening == "You die."


def test_nested_and_unclosed_placeholders_do_not_become_questions():
    told = fill(_scenario("${${hero}} and ${hero", HERO), {"hero": "ship"})
    assert told.opening == "ship} and hero"


def test_every_field_the_player_sees_is_filled():
    scenario = Scenario(
        "n", "${hero}", "g", "${hero}.", "${hero}", "${hero}", "${hero}", questions=(HERO,)
    )
    told = fill(scenario, {"hero": "Ada"})
    assert (told.title, told.summary, told.opening, told.memory, told.note) == (
        "Ada", "Ada.", "Ada", "Ada", "Ada",
    )  # fmt: skip


@given(templates, templates, answers)
def test_nothing_is_left_to_ask_whatever_the_answers(opening, memory, given_answers):
    told = fill(_scenario(opening, HERO, memory=memory), given_answers)
    assert questions(told) == ()
    assert "${" not in told.opening + told.memory
    assert fill(told, given_answers) == told


@given(templates)
def test_text_without_placeholders_is_not_changed(text):
    prose = clean(text.replace("$", "").replace(">", "")).strip()
    plain = fill(_scenario(prose), {}).opening
    assert plain.split() == prose.split()


@given(st.text())
def test_an_answer_is_one_line_within_the_limit_and_never_empty(answer):
    opening = fill(_scenario("[${hero}]", HERO), {"hero": answer}).opening
    assert "\n" not in opening
    assert 3 <= len(opening) <= MAX_ANSWER + 2
