"""Parse a scenario from TOML, from plain prose, or from what a player wrote."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dungeon import lore
from dungeon.dice import DEFAULT_RULES, read_rules
from dungeon.dice.rules_text import change_rules
from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe, parse, refuse_unknown
from dungeon.scenarios.derived import MAX_SUMMARY, MAX_TITLE, first_words, summarise
from dungeon.scenarios.macros import check_macros
from dungeon.scenarios.placeholders import DEFAULT_ANSWER, MAX_ANSWER, questions
from dungeon.story import Question, Scenario
from dungeon.text import clean, clean_line
from dungeon.transcript import SEPARATOR, normalise

DEFAULT_GENRE = "your own"

LIMITS = {
    "title": MAX_TITLE,
    "genre": 40,
    "summary": MAX_SUMMARY,
    "opening": 20_000,
    "memory": 4_000,
    "note": 300,
}
"""The text keys of a scenario, with the maximum number of characters of each."""

MAX_LORE = 20_000
"""Characters of a scenario's lore; more can be added while playing."""

MAX_FOREIGN = 64_000
"""Characters of what a scenario keeps for another program."""

MAX_FILE_BYTES = 256 * 1024
"""The largest file of a scenario; all of the above fits."""

_QUESTION_LIMITS = {"name": 40, "question": 200, "default": 80}
_PROSE_KEYS = ("opening", "memory")
_MAX_QUESTIONS = 12
_MAX_CHOICES = 12


def from_toml(text: str, *, name: str, source: str) -> Scenario:
    """Return the scenario in the TOML document `text`; `source` is its name in errors.

    Lines may be broken anywhere; a blank line begins a paragraph. Raises InputRefused.
    """
    table = parse(text, source)
    refuse_unknown(table, (*LIMITS, "questions", "lore", "foreign_fields", "dice"), source)
    fields = _fields(table, LIMITS, source)
    if not fields["opening"]:
        raise InputRefused(f"{source}: `opening` is missing. It is the story's first paragraphs.")
    if not fields["title"]:
        raise InputRefused(f"{source}: `title` is missing. The list of scenarios shows it.")
    fields["genre"] = fields["genre"] or DEFAULT_GENRE
    fields["summary"] = fields["summary"] or summarise(fields["opening"])
    asked = _questions(table.get("questions", []), source)
    entries = _lore(table.get("lore", ""), source)
    dice = read_rules(table.get("dice", {}), f"{source}: `dice`")
    foreign = _foreign(table.get("foreign_fields", ""), source)
    scenario = Scenario(
        name, **fields, questions=asked, lore=entries, dice=dice, foreign_fields=foreign
    )
    return _checked(scenario, source)


def from_text(text: str, *, name: str, source: str) -> Scenario:
    """Return the scenario in the plain text `text`: prose, optionally below a title.

    A first paragraph that is not a sentence is the title; otherwise the file's name is. Raises
    InputRefused if there is no prose or too much of it.
    """
    prose = _unwrap(text)
    first, separator, rest = prose.partition(SEPARATOR)
    titled = bool(separator) and len(first) <= LIMITS["title"] and not _ends_sentence(first)
    title, opening = (first, rest) if titled else (name, prose)
    return _from_prose(name, title, opening, source)


def from_player(text: str, title: str = "", memory: str = "", dice: str = "") -> Scenario:
    """Return the scenario that a player typed; without a title, its first words are the title.

    `dice` is typed as behind /attributes. Raises InputRefused if there is no prose, too much of it,
    or a macro that cannot be drawn.
    """
    opening = normalise(clean(text))
    title = clean_line(title)[: LIMITS["title"]] or first_words(opening)
    memory = clean(memory).strip()
    _check_length(memory, LIMITS["memory"], "The memory")
    rules, _ = change_rules(DEFAULT_RULES, dice)
    return replace(_from_prose("", title, opening, "Your opening", memory), dice=rules)


def _from_prose(name: str, title: str, opening: str, source: str, memory: str = "") -> Scenario:
    if not opening:
        raise InputRefused(f"{source} is empty. Write a sentence or two for the story to begin.")
    _check_length(opening, LIMITS["opening"], source)
    scenario = Scenario(name, title, DEFAULT_GENRE, summarise(opening), opening, memory)
    return _checked(scenario, source)


def _checked(scenario: Scenario, source: str) -> Scenario:
    check_macros(scenario, source)
    if len(questions(scenario)) > _MAX_QUESTIONS:
        raise InputRefused(
            f"{source}: more than {_MAX_QUESTIONS} questions stand before the story. Ask fewer."
        )
    return scenario


def _lore(value: object, source: str) -> str:
    """Return the lore entries, which are JSON, as an adventure has them."""
    if not isinstance(value, str):
        raise InputRefused(f"{source}: `lore` must be a text, not {describe(value)}.")
    _check_length(value, MAX_LORE, f"{source}: `lore`")
    try:
        return lore.dump(lore.load(clean(value).strip()))
    except InputRefused as error:
        raise InputRefused(f"{source}: `lore`: {error}") from error


def _foreign(value: object, source: str) -> str:
    """Return the fields of another program, a JSON object of objects, as an adventure has them."""
    place = f"{source}: `foreign_fields`"
    if not isinstance(value, str):
        raise InputRefused(f"{place} must be a text, not {describe(value)}.")
    try:
        fields = json.loads(value) if value else {}
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or not all(isinstance(each, dict) for each in fields.values()):
        raise InputRefused(f"{place} is not what an import writes. Remove it.")
    stored = json.dumps(fields, separators=(",", ":"), sort_keys=True) if fields else ""
    _check_length(stored, MAX_FOREIGN, place)
    return stored


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
    refuse_unknown(table, (*_QUESTION_LIMITS, "choices"), source)
    fields = _fields(table, _QUESTION_LIMITS, source)
    name = fields["name"]
    if not name or set(name) & set("${}"):
        raise InputRefused(f"{source}: `name` must be the word that stands in ${{word}}.")
    choices = _choices(table.get("choices"), source)
    default = fields["default"] or (choices[0] if choices else DEFAULT_ANSWER)
    if choices and default not in choices:
        raise InputRefused(f"{source}: `default` must be one of the `choices`.")
    return Question(name, fields["question"] or name, default, choices)


def _choices(value: object, source: str) -> tuple[str, ...]:
    """Return the answers that a question allows, cleaned and checked; none if it allows any."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(choice, str) for choice in value):
        raise InputRefused(
            f'{source}: `choices` must be a list of texts, as in ["a cook", "a thief"].'
        )
    choices = tuple(clean_line(choice) for choice in value)
    if not 2 <= len(choices) <= _MAX_CHOICES:
        raise InputRefused(
            f"{source}: `choices` has {len(choices)} answers. Give 2 to {_MAX_CHOICES}."
        )
    if not all(choices) or len({choice.casefold() for choice in choices}) < len(choices):
        raise InputRefused(f"{source}: two of the `choices` are alike, or one of them is empty.")
    for choice in choices:
        _check_length(choice, MAX_ANSWER, f'{source}: the choice "{choice[:20]}…"')
        if set(choice) & set("{}"):
            raise InputRefused(f"{source}: `choices` are plain words, without braces.")
    return choices


def _fields(table: Mapping[str, Any], limits: Mapping[str, int], source: str) -> dict[str, str]:
    """Return the text of every key in `limits`, cleaned and checked; empty if it is missing."""
    fields = {}
    for key, limit in limits.items():
        value = table.get(key, "")
        if not isinstance(value, str):
            raise InputRefused(
                f"{source}: `{key}` must be text in quotation marks, not {describe(value)}."
            )
        fields[key] = _unwrap(value) if key in _PROSE_KEYS else clean_line(value)
        _check_length(fields[key], limit, f"{source}: `{key}`")
    return fields


def _check_length(text: str, limit: int, place: str) -> None:
    if len(text) > limit:
        raise InputRefused(
            f"{place} has {len(text):,} characters, and at most {limit:,} fit. Shorten it."
        )


def _unwrap(text: str) -> str:
    """Return `text` cleaned, each paragraph on one line."""
    paragraphs = normalise(clean(text)).split(SEPARATOR)
    return SEPARATOR.join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _ends_sentence(line: str) -> bool:
    return line.rstrip("\"'”’)").endswith((".", "!", "?", "…"))
