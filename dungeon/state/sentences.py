"""Say a state in sentences of the story, and read such sentences."""

import re

from dungeon.errors import InputRefused
from dungeon.perspective import to_second_person
from dungeon.state.tracking import State
from dungeon.state.words import MATERIALS
from dungeon.story.state_events import MAX_NAME, Category, Change
from dungeon.text import clean_line

_DETERMINED = re.compile(
    r"(?:the|an?|your|his|her|its|their|my|some|several|both|another|one|two|three|four|five|six|seven|"
    r"eight|nine|ten|twelve|many|few|half|this|that|these|those|\d[\d,.]*)\b|[A-Z]",
)
_SOMEWHERE = (
    r"(?:(?:in|at|on|inside|under|near|by|outside|aboard|above|below|behind) .+|"
    r"(?:inside|outside|indoors|outdoors|upstairs|downstairs|underground|aboard|home|nowhere)\b.*)"
)
"""Where somebody is: a preposition and a place, or an adverb."""
_PREDICATE = re.compile(
    r"(?:is|are|was|has|owes?|wants?|knows?)\b|"
    r"(?:trusts?|hates?|fears?|loves?|likes?|despises?|admires?|distrusts?|forgives?) you\b"
)


def sentence_of(change: Change) -> str:
    """Return a change as a sentence: `You carry a rope.`, `You no longer carry a rope.`"""
    if change.removed:
        is_item = change.category is Category.ITEM
        name = with_article(change.name) if is_item else change.name
        return _REMOVED[change.category].format(name)
    match change.category:
        case Category.ITEM:
            return f"You carry {with_article(change.name)}."
        case Category.PLACE:
            return f"You are {change.name}."
        case Category.PERSON:
            return f"{_capitalised(change)} {change.value}."
        case Category.INJURY:
            return _injury(change.name)
        case Category.QUEST:
            return f"You have promised to {change.name}."


_REMOVED = {
    Category.ITEM: "You no longer carry {}.",
    Category.PLACE: "You are no longer {}.",
    Category.PERSON: "Nothing more about {}.",
    Category.INJURY: "Healed: {}.",
    Category.QUEST: "Done: {}.",
}


def story_sentences(state: State, *, people: bool = True) -> list[str]:
    """Return the state, with or without people, as sentences for a prompt, the most important
    first.
    """
    persons = state.of(Category.PERSON) if people else ()
    items = [with_article(each.name) for each in state.of(Category.ITEM)]
    others = (Category.PLACE, Category.INJURY, Category.QUEST)
    return [
        *(sentence_of(each) for each in persons),
        *([f"You carry {_listed(items)}."] if items else []),
        *(sentence_of(each) for category in others for each in state.of(category)),
    ]


def _injury(name: str) -> str:
    if name.startswith("your "):
        return f"{name.capitalize()}."
    has = "have" if name.startswith(("a ", "an ", "the ", "some ")) else "are"
    return f"You {has} {name}."


def _capitalised(change: Change) -> str:
    return change.name[:1].upper() + change.name[1:]


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def with_article(name: str) -> str:
    """Return a noun phrase that can stand in a sentence: `a lamp` of `lamp`, but `gold`."""
    last = name.rpartition(" ")[2].lower()
    if _DETERMINED.match(name) or last in MATERIALS or last.endswith("s"):
        return name
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


# Reading.

_PREFIX = re.compile(
    r"(?P<category>place|item|person|injury|quest)\s*:\s*(?P<rest>.*)", re.IGNORECASE
)
_SENTENCES = (
    (Category.QUEST, re.compile(r"you (?:have )?promised? to (?P<name>.+)", re.IGNORECASE)),
    (Category.ITEM, re.compile(r"you (?:carry|have|hold|own) (?P<name>.+)", re.IGNORECASE)),
    (Category.PLACE, re.compile(rf"you are (?P<name>{_SOMEWHERE})", re.IGNORECASE)),
    (Category.INJURY, re.compile(r"you are (?P<name>.+)", re.IGNORECASE)),
    (Category.INJURY, re.compile(r"(?P<name>your \w+ (?:is|are) .+)", re.IGNORECASE)),
)
_PERSON = re.compile(rf"(?P<name>.+?) (?P<value>(?:{_PREDICATE.pattern}).*)")
_LOOSE_PERSON = re.compile(r"(?P<name>.+?)\s*[,:]\s*(?P<value>.+)")


def read_change(typed: str, default: Category = Category.ITEM) -> Change:
    """Return what the player has typed as a change: `lamp`, `place: the mill`, `Bram is dead`.

    What is neither a sentence nor names its category is of the `default` one. Raises InputRefused.
    """
    text = to_second_person(clean_line(typed)).strip().rstrip(".!").strip()
    if prefix := _PREFIX.fullmatch(text):
        return _of_category(Category(prefix["category"].lower()), prefix["rest"])
    for category, pattern in _SENTENCES:
        if match := pattern.fullmatch(text):
            return _checked(category, match["name"])
    is_free = default not in (Category.INJURY, Category.QUEST)
    if is_free and (match := _PERSON.fullmatch(text)):
        return _checked(Category.PERSON, match["name"], match["value"])
    return _of_category(default, text)


def _of_category(category: Category, text: str) -> Change:
    """Return a change of a known category; a sentence of it counts as well."""
    for found, pattern in _SENTENCES:
        if found is category and (match := pattern.fullmatch(text)):
            return _checked(category, match["name"])
    return _person(text) if category is Category.PERSON else _checked(category, text)


def _person(text: str) -> Change:
    """Return a person from `NAME is FRIENDLY` or `NAME, FRIENDLY`."""
    match = _PERSON.fullmatch(text) or _LOOSE_PERSON.fullmatch(text)
    if match is None:
        raise InputRefused(f"Say what is true of {text or 'whom'}, like “person: Bram, friendly”.")
    value = match["value"]
    return _checked(
        Category.PERSON, match["name"], value if _PREDICATE.match(value) else f"is {value}"
    )


def _checked(category: Category, name: str, value: str = "") -> Change:
    name, value = name.strip(), value.strip()
    if not any(map(str.isalnum, name)):
        raise InputRefused("Say what, like /state add a lamp.")
    if max(len(name), len(value)) > MAX_NAME:
        raise InputRefused(f"A name in the state has at most {MAX_NAME} characters.")
    if category is Category.PLACE and not re.match(_SOMEWHERE, name):
        name = f"in {name}"
    return Change(category, name, value)
