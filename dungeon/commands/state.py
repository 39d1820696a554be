"""`/state`: show what is true in the story, change it, and decide on what was found in it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypedDict

from dungeon import state
from dungeon.commands.effects import Effect, Message, OpenView, SaveSettings, View
from dungeon.errors import InputRefused
from dungeon.state import Suggestion
from dungeon.state.phrases import key, means_same
from dungeon.story.branching import parse_number
from dungeon.story.state_events import (
    MAX_EVENTS,
    Category,
    Change,
    Decision,
    FinderChoice,
    Source,
    StateEvent,
    StateLine,
    StateMode,
)
from dungeon.text import clean_line
from dungeon.text.counts import numbered
from dungeon.text.error_words import did_you_mean, in_quotes
from dungeon.turns.game import Game

HOW = (
    "Try /state, /state add WHAT, /state remove WHAT, /state restore, /state accept N, "
    "/state correct N WHAT or /state reject N."
)
DETAILS = (
    f"{HOW} /state ask, auto or off says what happens with what is found; /state line things, all "
    "or off what the model is told: things is all but people; /state find auto, rules or model who "
    "looks for it."
)
_ALL = "all"
_PEOPLE_ARE_HIDDEN = "The model is not told of people; /state line all tells it."
_ALL_IS_HIDDEN = "The model is told nothing of this; /state line things tells it all but people."
_HIDDEN_WHILE_OFF = (
    "The state is switched off, and the model not told of it; /state ask changes that."
)
_NOTHING_WAITS = "Nothing that was found waits to be confirmed."
_TAKEN_BACK = "/state restore takes that back."


class _StateSettings(TypedDict, total=False):
    """The settings that are changed behind /state."""

    state: StateMode
    state_line: StateLine
    state_finder: FinderChoice


_CHOICES: Mapping[tuple[str, str], tuple[_StateSettings, str]] = {
    ("ask", ""): (
        {"state": "ask"},
        "What is found in the story waits until you confirm it.",
    ),
    ("auto", ""): (
        {"state": "auto"},
        "What is found in the story is confirmed by itself from now on.",
    ),
    ("off", ""): (
        {"state": "off"},
        "Nothing is looked for, and the state is not told to the model.",
    ),
    ("line", "things"): (
        {"state_line": "things"},
        "The model is told the state without people.",
    ),
    ("line", "all"): (
        {"state_line": "all"},
        "The model is told the whole state, people included.",
    ),
    ("line", "off"): ({"state_line": "off"}, "The model is not told the state."),
    ("find", "auto"): (
        {"state_finder": "auto"},
        "A model that is large enough is asked what has changed.",
    ),
    ("find", "rules"): (
        {"state_finder": "rules"},
        "Rules alone look for what has changed.",
    ),
    ("find", "model"): (
        {"state_finder": "model"},
        "The model, too, is asked what has changed, after each reply.",
    ),
}
"""The settings and a sentence, by what is typed behind /state."""

_VERBS = (
    *("add", "remove", "accept", "reject", "restore", "correct"),
    *dict.fromkeys(first for first, _ in _CHOICES),
)


async def state_command(game: Game, argument: str) -> Effect:
    """Carry out what stands behind /state. Raises InputRefused or NotSaved."""
    verb, _, rest = argument.partition(" ")
    verb, rest = verb.lower(), rest.strip()
    if choice := _CHOICES.get((verb, rest.lower())):
        return _change(game, *choice)
    match verb:
        case "":
            return OpenView(View.STATE)
        case "add":
            return await add(game, rest)
        case "remove":
            return await remove(game, find_entry(game, rest))
        case "accept":
            return await accept(game, chosen(game, rest))
        case "reject":
            return await reject(game, chosen(game, rest))
        case "restore" if not rest:
            return await restore(game)
        case "correct":
            number, _, text = rest.partition(" ")
            return await correct(game, _numbered(game, number), text)
    if choices := [second for first, second in _CHOICES if second and first == verb]:
        raise InputRefused(f"Say which, behind /state {verb}: {', '.join(choices)}.")
    raise InputRefused(f"/state cannot {in_quotes(argument)}.{did_you_mean(verb, _VERBS)} {HOW}")


async def accept_command(game: Game, argument: str) -> Effect:
    """Confirm what was found: all of it, or the one with that number."""
    return await accept(game, chosen(game, argument))


def open_suggestions(game: Game) -> tuple[Suggestion, ...]:
    """Return what was found and waits for the player; nothing where that is switched off."""
    is_on = game.generation_settings.state == "ask"
    return state.suggestions(game.adventure) if is_on else ()


def hidden_from_model(game: Game, entries: Sequence[Change]) -> str:
    """Say what of these entries the model is not told; empty where it is told all of them."""
    settings = game.generation_settings
    if not entries:
        return ""
    if settings.state == "off":
        return _HIDDEN_WHILE_OFF
    match settings.state_line:
        case "off":
            return _ALL_IS_HIDDEN
        case "things" if any(each.category is Category.PERSON for each in entries):
            return _PEOPLE_ARE_HIDDEN
    return ""


def no_suggestions(game: Game) -> str:
    """Say whether nothing waits to be confirmed."""
    return "" if open_suggestions(game) else _NOTHING_WAITS


async def add(game: Game, text: str) -> Effect:
    """Let something be true from this turn on.

    Raises InputRefused where a name alone does not say whether it is somebody, a place or a thing.
    """
    typed = clean_line(_needed(text, "what to add")).strip()
    change = state.read_change(typed)
    name = change.name[:40]
    is_bare = change.category is Category.ITEM and typed.startswith(change.name)
    if is_bare and state.may_be_a_name(change.name, game.adventure.path()):
        raise InputRefused(
            f"“{name}” may be somebody, a place or a thing. Say which: {name} is my friend, "
            f"place: {name}, or item: {name}."
        )
    return await _set(game, change)


async def remove(game: Game, entry: Change) -> Effect:
    """Let something be true no longer from this turn on."""
    noted = await _set(game, replace(entry, value="", removed=True))
    return Message(f"{noted.message} {_TAKEN_BACK}")


async def restore(game: Game) -> Message:
    """Take back a removal or that a place was left, or ask again about what was dismissed last."""
    last = state.last_taken_away(game.adventure)
    if last is None:
        raise InputRefused("Nothing was removed or dismissed on this line of the story.")
    change = last.change
    if last.decision is Decision.REJECTED:
        await _record(game, [replace(last, decision=Decision.SUGGESTED)])
        return Message(f"Asked again: {state.sentence_of(change)}")
    await _record(game, [replace(last, decision=Decision.REJECTED)])
    return Message(f"Back again: {change.name}.")


async def accept(game: Game, found: Sequence[Suggestion]) -> Effect:
    """Confirm suggestions."""
    await _record(game, [one.decide(Decision.ACCEPTED) for one in found])
    return Message(f"Confirmed: {sentences(found)}")


async def reject(game: Game, found: Sequence[Suggestion]) -> Effect:
    """Dismiss suggestions; they do not come again until the player acts on them.

    Where the player is in no new place, they are still in the old one.
    """
    there_again = state.mistaken_departures(game.adventure, found)
    events = [replace(each, decision=Decision.REJECTED) for each in there_again]
    await _record(game, [*events, *(one.decide(Decision.REJECTED) for one in found)])
    return Message(f"Dismissed: {sentences(found)} {_TAKEN_BACK}")


async def correct(game: Game, suggestion: Suggestion, text: str) -> Effect:
    """Confirm what the player says in place of a suggestion."""
    found = suggestion.change
    change = state.read_change(_needed(text, "what is right"), found.category)
    change = replace(change, removed=found.removed)
    own = StateEvent(suggestion.turn, change, Decision.ACCEPTED, Source.PLAYER)
    if change == found:
        return await accept(game, [suggestion])
    await _record(game, [suggestion.decide(Decision.REJECTED), own])
    return Message(f"Confirmed: {state.sentence_of(change)}")


async def correct_entry(game: Game, entry: Change, text: str) -> Effect:
    """Let what the player says be true in place of an entry, from this turn on."""
    change = state.read_change(text, entry.category)
    gone = replace(entry, value="", removed=True)
    return await _set(game, gone, change)


def sentences(found: Sequence[Suggestion]) -> str:
    """Return suggestions as sentences of the story."""
    return " ".join(state.sentence_of(one.change) for one in found)


def chosen(game: Game, argument: str) -> Sequence[Suggestion]:
    """Return the suggestions that `all`, nothing or a number means. Raises InputRefused."""
    found = _waiting(game)
    return found if argument.lower() in ("", _ALL) else [_numbered(game, argument)]


def find_entry(game: Game, name: str) -> Change:
    """Return what is true and called `name`, or the only one whose name ends or begins so.

    Raises InputRefused.
    """
    wanted = key(_needed(name, "what to remove"))
    entries = state.state_at(game.adventure).entries
    found = (
        [entry for entry in entries if key(entry.name) == wanted]
        or [entry for entry in entries if key(entry.name).endswith(f" {wanted}")]
        or [entry for entry in entries if means_same(entry.name, wanted)]
        or [entry for entry in entries if key(entry.name).startswith(wanted)]
    )
    if len(found) == 1:
        return found[0]
    shown = clean_line(name)[:40]
    if found:
        several = ", ".join(entry.name for entry in found[:5])
        raise InputRefused(f"“{shown}” may mean {several}.")
    raise InputRefused(f"Nothing called “{shown}” is in the state. /state shows all of it.")


def _numbered(game: Game, typed: str) -> Suggestion:
    found, number = _waiting(game), parse_number(typed)
    if not 1 <= number <= len(found):
        which = numbered(len(found), "suggestion")
        raise InputRefused(f"Say which suggestion. {which}; /state shows them.")
    return found[number - 1]


def _waiting(game: Game) -> Sequence[Suggestion]:
    """Return what waits for the player. Raises InputRefused where nothing does."""
    if found := open_suggestions(game):
        return found
    raise InputRefused(_NOTHING_WAITS)


async def _set(game: Game, *changes: Change) -> Message:
    """Record changes by the player at this turn, and say the last one."""
    head = game.adventure.head
    if head is None:
        raise InputRefused("There is no turn at which this could be true.")
    await _record(
        game, [StateEvent(head, each, Decision.ACCEPTED, Source.PLAYER) for each in changes]
    )
    noted = f"Noted: {state.sentence_of(changes[-1])}"
    return Message(f"{noted} {hidden_from_model(game, changes)}".rstrip())


async def _record(game: Game, events: Sequence[StateEvent]) -> None:
    line = {turn.id for turn in game.adventure.path()}
    decided = sum(event.turn in line for event in game.adventure.state_events)
    if decided + len(events) > MAX_EVENTS:
        raise InputRefused(f"A story has at most {MAX_EVENTS:,} changes of its state.")
    await game.revise(new_state_events=tuple(events))


def _change(game: Game, changes: _StateSettings, message: str) -> Effect:
    game.generation_settings = replace(game.generation_settings, **changes)
    if not game.busy:
        game.prefetch()
    return SaveSettings(changes, message)


def _needed(text: str, what: str) -> str:
    if not text.strip():
        raise InputRefused(f"Say {what}. {HOW}")
    return text
