"""What both front ends say of a story's state: what is true, and what was found."""

from collections.abc import Iterator

from dungeon import state
from dungeon.commands.state import hidden_from_model, open_suggestions
from dungeon.state import State, Suggestion
from dungeon.story import Adventure
from dungeon.story.state_events import Category, Change
from dungeon.turns.game import Game

HEADINGS = {
    Category.PLACE: "Place",
    Category.ITEM: "You carry",
    Category.PERSON: "People",
    Category.INJURY: "Injuries",
    Category.QUEST: "Promises",
}
"""The categories in the order in which they are shown."""

NOTHING = "Nothing is known yet."
SWITCHED_OFF = "The state is switched off; /state ask switches it on."


def entry_text(entry: Change) -> str:
    """Return what is true without its category: `a lamp`, `Bram is dead`."""
    return f"{entry.name} {entry.value}".strip()


def groups(now: State) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """Yield each category that has entries, with its heading."""
    for category, heading in HEADINGS.items():
        if entries := now.of(category):
            yield heading, entries


def suggestion_line(number: int, one: Suggestion, adventure: Adventure) -> str:
    """Return a suggestion with its number, and the number of its turn in the story."""
    position = next((n for n, turn in enumerate(adventure.path(), 1) if turn.id == one.turn), 0)
    return f"{number}  {state.sentence_of(one.change)} (turn {position:,})"


def state_text(game: Game) -> str:
    """Return the state and the suggestions as line mode shows them."""
    if game.generation_settings.state == "off":
        return SWITCHED_OFF
    now = state.state_at(game.adventure)
    lines = [f"{heading}: {', '.join(map(entry_text, each))}" for heading, each in groups(now)]
    if hidden := hidden_from_model(game, now.entries):
        lines.append(f"({hidden})")
    found = open_suggestions(game)
    if found:
        lines += ["", "Found in the story:"]
        lines += [suggestion_line(n, one, game.adventure) for n, one in enumerate(found, 1)]
        lines += [
            "",
            "Confirm with /state accept [all|N], or /state reject N, /state correct N WHAT.",
        ]
    else:
        lines += ["", "Add with /state add WHAT, remove with /state remove WHAT."]
    return "\n".join(lines if now.entries else [NOTHING, *lines])


def notice(game: Game) -> str:
    """Return one line on what was just found; empty where nothing was.

    What waits for longer only counts in it: it would take the eye away from the story.
    """
    found = open_suggestions(game)
    new = state.offered(game.adventure, found)
    more = f" And {len(found) - 1} more." if len(found) > 1 else ""
    return f"{state.sentence_of(new[0].change)} Right?{more}" if new else ""
