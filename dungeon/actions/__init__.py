"""Actions: what a player types, as the transcript holds it."""

from dungeon.actions.parser import (
    MAX_ACTION,
    MAX_STORY,
    parse_action,
)
from dungeon.actions.second_person_facts import facts_to_second_person, kept_first_person
from dungeon.actions.speech import is_question, is_speech

__all__ = [
    "MAX_ACTION",
    "MAX_STORY",
    "facts_to_second_person",
    "is_question",
    "is_speech",
    "kept_first_person",
    "parse_action",
]
