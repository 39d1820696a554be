"""Parse a scenario from TOML, from plain prose, or from what a player wrote."""

from collections.abc import Mapping
from typing import Any

from dungeon.errors import InputRefused
from dungeon.scenarios.placeholders import SOMEONE, questions
from dungeon.sentences import sentence_ends
from dungeon.story import Question, Scenario
from dungeon.text import clean, clean_line
from dungeon.toml_file import describe, parse, refuse_unknown
from dungeon.transcript import SEPARATOR, normalise

OPENING_LIMIT = 20_000
"""Characters of an opening."""

OWN = "your own"
"""The genre of an opening that names none."""

_LIMITS = {"title": 80, "genre": 40, "summary": 200, "note": 300, "memory": 4_000}
_KEYS = ("title", "genre", "summary", "opening", "memory", "note", "questions")
_QUESTION_LIMITS = {"name": 40, "question": 200, "default": 80}
_QUESTIONS_LIMIT = 12
_TITLE_WORDS = 6


def from_toml(text: str, *, name: str, source: str) -> Scenario:
    """Return the opening in the TOML document `text`; `source` is what a refusal calls the file.

    Lines may be broken anywhere; a blank line begins a paragraph. Raises InputRefused.
    """
    table = parse(text, source)
    refuse_unknown(table, _KEYS, source)
    opening = _prose(table, "opening", OPENING_LIMIT, source)
    if not opening:
        raise InputRefused(f"{source}: `opening` is missing. It is the story's first paragraphs.")
    title = _line(table, "title", _LIMITS["title"], source)
    if not title:
        raise InputRefused(f"{source}: `title` is missing. It stands in the list of openings.")
    scenario = Scenario(
        name=name,
        title=title,
        genre=_line(table, "genre", _LIMITS["genre"], source) or OWN,
        summary=_line(table, "summary", _LIMITS["summary"], source) or _summary(opening),
        opening=opening,
        memory=_prose(table, "memory", _LIMITS["memory"], source),
        note=_line(table, "note", _LIMITS["note"], source),
        questions=_questions(table.get("questions", []), source),
    )
    return _askable(scenario, source)


def from_text(text: str, *, name: str, source: str) -> Scenario:
    """Return the opening in the plain text `text`: prose, and perhaps a title above it.

    A first line that stands alone and is no sentence is the title; else the file's name is.
    Raises InputRefused where there is no prose or too much of it.
    """
    prose = _folded(text)
    first, separator, rest = prose.partition(SEPARATOR)
    titled = bool(separator) and len(first) <= _LIMITS["title"] and not _ends_a_sentence(first)
    title, opening = (first, rest) if titled else (name, prose)
    return _untold(name, title, opening, source)


def own(text: str, title: str = "") -> Scenario:
    """Return the opening that a player wrote; without a title its first words are the title.

    Raises InputRefused where there is no prose or too much of it.
    """
    opening = normalise(clean(text))
    named = clean_line(title)[: _LIMITS["title"]] or _first_words(opening)
    return _untold("", named, opening, "Your opening")


def _untold(name: str, title: str, opening: str, source: str) -> Scenario:
    if not opening:
        raise InputRefused(f"{source} is empty. Write a sentence or two for the story to begin.")
    if len(opening) > OPENING_LIMIT:
        raise InputRefused(_too_long(source, len(opening), OPENING_LIMIT))
    return _askable(Scenario(name, title, OWN, _summary(opening), opening), source)


def _askable(scenario: Scenario, source: str) -> Scenario:
    if len(questions(scenario)) > _QUESTIONS_LIMIT:
        raise InputRefused(
            f"{source}: more than {_QUESTIONS_LIMIT} questions stand before the story. Ask fewer."
        )
    return scenario


def _questions(value: object, source: str) -> tuple[Question, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise InputRefused(f"{source}: write each question below a line that says [[questions]].")
    asked: dict[str, Question] = {}
    for number, table in enumerate(value, start=1):
        question = _question(table, f"{source}, question {number}")
        if question.name in asked:
            raise InputRefused(f"{source}: two questions have the name `{question.name}`.")
        asked[question.name] = question
    return tuple(asked.values())


def _question(table: Mapping[str, Any], source: str) -> Question:
    refuse_unknown(table, _QUESTION_LIMITS, source)
    lines = {key: _line(table, key, limit, source) for key, limit in _QUESTION_LIMITS.items()}
    name = lines["name"]
    if not name or set(name) & set("${}"):
        raise InputRefused(f"{source}: `name` must be the word that stands in ${{word}}.")
    return Question(name, lines["question"] or name, lines["default"] or SOMEONE)


def _line(table: Mapping[str, Any], key: str, limit: int, source: str) -> str:
    return _within(clean_line(_string(table, key, source)), limit, f"{source}: `{key}`")


def _prose(table: Mapping[str, Any], key: str, limit: int, source: str) -> str:
    return _within(_folded(_string(table, key, source)), limit, f"{source}: `{key}`")


def _string(table: Mapping[str, Any], key: str, source: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise InputRefused(
            f"{source}: `{key}` must be text in quotation marks, not {describe(value)}."
        )
    return value


def _within(text: str, limit: int, place: str) -> str:
    if len(text) > limit:
        raise InputRefused(_too_long(place, len(text), limit))
    return text


def _too_long(place: str, length: int, limit: int) -> str:
    return f"{place} has {length:,} characters, and at most {limit:,} fit. Shorten it."


def _folded(text: str) -> str:
    """Return `text` cleaned, each paragraph on one line."""
    paragraphs = normalise(clean(text)).split(SEPARATOR)
    return SEPARATOR.join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _ends_a_sentence(line: str) -> bool:
    return line.rstrip("\"'”’)").endswith((".", "!", "?", "…"))


def _first_words(text: str) -> str:
    words = text.split()
    start = " ".join(words[:_TITLE_WORDS])[: _LIMITS["title"] - 1].rstrip(".,;:!? ")
    return f"{start}…" if len(words) > _TITLE_WORDS else start or "Untitled"


def _summary(opening: str) -> str:
    """Return the first sentence of `opening`, or as much of it as a summary holds."""
    line = " ".join(opening.split())
    ends = sentence_ends(line[: _LIMITS["summary"]])
    if ends:
        return line[: ends[0]]
    return line if len(line) <= _LIMITS["summary"] else line[: _LIMITS["summary"] - 1] + "…"
