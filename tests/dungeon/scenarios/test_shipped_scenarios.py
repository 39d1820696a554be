"""Every opening that Grue brings is one a stranger can play: whole, short, in the second person."""

import re
from random import Random

from dungeon import scenarios
from dungeon.story import Scenario
from dungeon.text import clean
from tests.rows import every_row

NAMES = scenarios.shipped_names()
_WORD = re.compile(r"[\w'’]+")


def _filled(name: str) -> Scenario:
    return scenarios.fill(scenarios.draw_macros(scenarios.load(name), Random(0)), {})


def _share_of_you(text: str) -> float:
    words = [word.lower() for word in _WORD.findall(text)]
    return sum(word in {"you", "your", "yours"} for word in words) / len(words)


def test_there_are_at_least_30_over_15_genres():
    genres = [scenario.genre for scenario in scenarios.available()]
    assert len(genres) >= 30
    assert len(set(genres)) >= 15


def test_titles_and_summaries_differ():
    shipped = scenarios.available()
    assert len({scenario.title for scenario in shipped}) == len(shipped)
    assert len({scenario.summary for scenario in shipped}) == len(shipped)


def test_the_quick_start_is_one_of_them():
    assert scenarios.QUICK_START in NAMES


@every_row("name", NAMES)
def test_the_opening_is_60_to_160_words_in_two_or_three_paragraphs(name):
    opening = _filled(name).opening
    assert 60 <= len(opening.split()) <= 160
    assert 2 <= len(opening.split("\n\n")) <= 3


@every_row("name", NAMES)
def test_the_opening_is_in_second_person(name):
    assert _share_of_you(_filled(name).opening) >= 0.02
    assert not re.search(r"\bI\b", re.sub(r'"[^"]*"', "", _filled(name).opening))


@every_row("name", NAMES)
def test_the_opening_ends_with_a_plain_sentence_and_asks_nothing(name):
    scenario = _filled(name)
    assert scenario.opening.endswith(".")
    assert not re.search(r"what (do|will|would) you", scenario.opening, re.IGNORECASE)
    assert ">" not in scenario.opening


@every_row("name", NAMES)
def test_the_memory_is_two_to_four_sentences_of_story(name):
    memory = _filled(name).memory
    assert 2 <= len(re.findall(r"[.!?](?=\s|$)", memory)) <= 4
    assert _share_of_you(memory) >= 0.02


@every_row("name", NAMES)
def test_the_summary_and_the_note_are_one_sentence_each(name):
    scenario = _filled(name)
    for sentence in (scenario.summary, scenario.note):
        assert re.fullmatch(r"[^.!?]+\.", sentence)


@every_row("name", NAMES)
def test_it_asks_one_to_three_things_and_each_has_a_default(name):
    scenario = scenarios.load(name)
    assert scenarios.questions(scenario) == scenario.questions, "declared and used are the same"
    assert 1 <= len(scenario.questions) <= 3
    assert all(q.question.endswith("?") and q.default != "someone" for q in scenario.questions)
    assert "$" not in scenario.title + scenario.summary, "the list shows them unfilled"


@every_row("name", NAMES)
def test_filled_it_holds_no_placeholder_and_only_clean_text(name):
    scenario = _filled(name)
    text = "\n".join((scenario.title, scenario.opening, scenario.memory, scenario.note))
    assert "${" not in text
    assert "{{" not in text
    assert text == clean(text)
    assert not set("—“”’") & set(text), "straight quotes, as most of the training text has them"


@every_row("name", NAMES)
def test_an_answer_appears_in_the_story(name):
    scenario = scenarios.load(name)
    for question in scenario.questions:
        answer = question.choices[-1] if question.choices else "Zebedee"
        told = scenarios.fill(scenario, {question.name: answer})
        assert answer in told.opening + told.memory
        assert question.default not in told.opening + told.memory
