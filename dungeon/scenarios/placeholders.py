"""Find and fill the `${name}` placeholders of a scenario."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from dungeon.story import Question, Scenario
from dungeon.text import clean_line
from dungeon.transcript import normalise

ANSWER_LIMIT = 80
"""Characters of an answer that are kept."""

SOMEONE = "someone"
"""What stands where a question has neither an answer nor a default: a story never waits for one."""

_PLACEHOLDER = re.compile(r"\$\{[ \t]*([^${}\s][^${}\n]{0,199})\}")
_LEFT_OVER = re.compile(r"\$+\{+")
_BRACES = str.maketrans("", "", "{}")


def questions(scenario: Scenario) -> tuple[Question, ...]:
    """Return what to ask before `scenario` begins, each question once; none where it is filled.

    The declared ones come first. A placeholder that is not declared is a question of its own, in
    its own words, as in `${What is your name?}`.
    """
    placed = dict.fromkeys(name for text in _texts(scenario) for name in _placeholders(text))
    declared = {question.name for question in scenario.questions}
    return (
        *(question for question in scenario.questions if question.name in placed),
        *(Question(name, name, SOMEONE) for name in placed if name not in declared),
    )


def fill(scenario: Scenario, answers: Mapping[str, str]) -> Scenario:
    """Return `scenario` with every placeholder replaced, and nothing left to ask.

    `answers` maps a question's name to what the player typed; it is folded onto a line and cut to
    ANSWER_LIMIT characters. A question without an answer takes its default.
    """
    values = {
        question.name: _answered(answers.get(question.name, ""), question)
        for question in questions(scenario)
    }

    def filled(text: str) -> str:
        filled = _PLACEHOLDER.sub(lambda match: values[match[1].strip()], text)
        return _LEFT_OVER.sub("", filled)  # an unclosed or nested one must not turn into a question

    return replace(
        scenario,
        title=filled(scenario.title),
        summary=filled(scenario.summary),
        opening=normalise(filled(scenario.opening)),
        memory=normalise(filled(scenario.memory)),
        note=filled(scenario.note),
        questions=(),
    )


def _answered(answer: str, question: Question) -> str:
    return _value(answer) or _value(question.default) or SOMEONE


def _value(text: str) -> str:
    return clean_line(text).translate(_BRACES).lstrip("> ")[:ANSWER_LIMIT].rstrip()


def _texts(scenario: Scenario) -> tuple[str, ...]:
    return scenario.opening, scenario.title, scenario.summary, scenario.memory, scenario.note


def _placeholders(text: str) -> Iterator[str]:
    return (match[1].strip() for match in _PLACEHOLDER.finditer(text))
