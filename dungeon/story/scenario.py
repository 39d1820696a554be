"""Scenarios: what a new adventure begins with. Frozen."""

from dataclasses import dataclass

from dungeon.dice import DEFAULT_RULES, DiceRules


@dataclass(frozen=True, slots=True)
class Question:
    """One `${name}` of a scenario, asked once before the story begins."""

    name: str
    question: str
    default: str = ""
    choices: tuple[str, ...] = ()
    """The answers to choose from; empty where the player types any answer."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a new adventure begins with."""

    name: str
    """The file's name without its extension; what `--scenario` takes."""
    title: str
    genre: str
    summary: str
    """One sentence for the list of scenarios."""
    opening: str
    """The first prose of the story."""
    memory: str = ""
    note: str = ""
    questions: tuple[Question, ...] = ()
    lore: str = ""
    """Its lore entries, as an adventure has them."""
    foreign_fields: str = ""
    """What another program's file had besides, as an adventure keeps it for export."""
    dice: DiceRules = DEFAULT_RULES
