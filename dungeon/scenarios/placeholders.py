"""Find and fill the `${name}` placeholders of a scenario."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random

from dungeon import lore
from dungeon.lore.entry import MAX_CONTENT
from dungeon.scenarios.derived import derive
from dungeon.story import Question, Scenario
from dungeon.text import clean_line
from dungeon.transcript import normalise

MAX_ANSWER = 80
"""Characters of an answer; a longer one is cut."""

DEFAULT_ANSWER = "someone"
"""The answer to a question that has neither an answer nor a default."""

_PLACEHOLDER = re.compile(r"\$\{[ \t]*([^${}\s][^${}\n]{0,199})\}")
_LEFT_OVER = re.compile(r"\$+\{+")
_BRACES = str.maketrans("", "", "{}")


def questions(scenario: Scenario) -> tuple[Question, ...]:
    """Return the questions to ask before `scenario` begins; none if it is filled.

    The declared ones come first. A placeholder that is not declared is a question itself, as in
    `${What is your name?}`.
    """
    placed = dict.fromkeys(name for text in _texts(scenario) for name in _placeholders(text))
    declared = {question.name for question in scenario.questions}
    return (
        *(question for question in scenario.questions if question.name in placed),
        *(Question(name, name, DEFAULT_ANSWER) for name in placed if name not in declared),
    )


def fill(scenario: Scenario, answers: Mapping[str, str]) -> Scenario:
    """Return `scenario` with every placeholder replaced, and without questions.

    `answers` maps a question's name to what the player typed; it becomes one line and is cut to
    MAX_ANSWER characters. A question without an answer, or with one that is not among its choices,
    takes its default.
    """
    values = {
        question.name: _answer(question, answers.get(question.name, ""))
        for question in questions(scenario)
    }

    def replaced(text: str) -> str:
        text = _PLACEHOLDER.sub(lambda match: values[match[1].strip()] or DEFAULT_ANSWER, text)
        return _LEFT_OVER.sub("", text)  # an unclosed or nested one must not become a question

    opening = normalise(replaced(scenario.opening))
    return replace(
        scenario,
        **derive(scenario, opening, replaced),
        opening=opening,
        memory=normalise(replaced(scenario.memory)),
        note=replaced(scenario.note),
        questions=(),
        lore=_fill_lore(scenario.lore, replaced),
    )


def _fill_lore(stored: str, replaced: Callable[[str], str]) -> str:
    """Return the lore entries with the placeholders in their texts replaced, cut where these make
    them too long.
    """
    return lore.dump(
        replace(entry, content=replaced(entry.content)[:MAX_CONTENT]) for entry in lore.load(stored)
    )


def find_choice(question: Question, answer: str) -> str | None:
    """Return the choice that `answer` names by its number or its words, or None."""
    answer = " ".join(answer.casefold().split())
    for number, choice in enumerate(question.choices, start=1):
        if answer in (str(number), choice.casefold()):
            return choice
    return None


def random_answers(scenario: Scenario, rng: Random) -> dict[str, str]:
    """Return an answer drawn by `rng` for every question that has choices."""
    asked = questions(scenario)
    return {question.name: rng.choice(question.choices) for question in asked if question.choices}


def _answer(question: Question, answer: str) -> str:
    if question.choices:
        return _tidy(find_choice(question, answer) or question.default)
    return _tidy(answer) or _tidy(question.default)


def _tidy(text: str) -> str:
    return clean_line(text).translate(_BRACES).lstrip("> ")[:MAX_ANSWER].rstrip()


def _texts(scenario: Scenario) -> tuple[str, ...]:
    prose = (scenario.opening, scenario.title, scenario.summary, scenario.memory, scenario.note)
    return (*prose, *(entry.content for entry in lore.load(scenario.lore)))


def _placeholders(text: str) -> Iterator[str]:
    return (match[1].strip() for match in _PLACEHOLDER.finditer(text))
