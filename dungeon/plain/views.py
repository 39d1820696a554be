"""Provides what plain mode says where the screen would open a panel: help, memory, context, saves.

Each function returns lines of text. Knows nothing of how they are written out.
"""

from collections.abc import Callable

from dungeon import scenarios
from dungeon.commands import COMMANDS, View
from dungeon.game import Game
from dungeon.saves.library import Library
from dungeon.session import Session

MODES = """\
Type what you do:        open the door
Say something:           "Who is there?"
Let the story go on:     an empty line
"""


def text(panel: View, argument: str, game: Game, session: Session) -> str:
    """Return what to say for `panel`; `argument` is what the player typed behind its command."""
    last = game.adventure.last()
    told: dict[View, Callable[[], str]] = {
        View.HELP: _help,
        View.MEMORY: lambda: _editable("The story remembers", game.adventure.memory, "/memory"),
        View.NOTE: lambda: _editable("The author's note is", game.adventure.note, "/note"),
        View.REPLY: lambda: _editable("The last reply is", last.text if last else "", "/edit"),
        View.ACTION: lambda: _editable("You did this", last.action if last else "", "/action"),
        View.CONTEXT: lambda: _context(game),
        View.SAVES: lambda: _saves(session.library, argument),
        View.MODELS: lambda: f"The model is {game.generator.model.name}. --model takes another.",
    }
    return told.get(panel, lambda: _openings(session))()


def _help() -> str:
    names = {command: f"/{command.name} {command.usage}".rstrip() for command in COMMANDS}
    width = max(map(len, names.values()))
    lines = (f"{name:<{width}}  {command.summary}" for command, name in names.items())
    return MODES + "\n" + "\n".join(lines)


def _editable(what: str, now: str, command: str) -> str:
    known = f"{what}:\n{now}" if now else f"{what}: nothing yet."
    return f"{known}\n\nChange it with {command} TEXT."


def _context(game: Game) -> str:
    context = game.context
    if context is None:
        return "Nothing has been told to the model yet."
    parts = (f"{part.name:<8}{part.tokens:>6} tokens" for part in context.parts)
    left_out = f"{context.left_out} turns no longer fit." if context.left_out else ""
    total = f"{'all':<8}{context.tokens:>6} of {context.budget}"
    return "\n".join(filter(None, (*parts, total, left_out)))


def _saves(library: Library, query: str) -> str:
    if query:
        hits = library.search(query)
        lines = [f"{hit.adventure_id}  {hit.title}: {hit.snippet}" for hit in hits]
        return "\n".join(lines) or f"Nothing is said of {query!r} in any adventure."
    lines = [f"{s.id}  {s.title} ({s.turns} turns)" for s in library.summaries()]
    return "\n".join([*lines, "", "Open one with /load ID; search them with /search WORDS."])


def _openings(session: Session) -> str:
    shown = scenarios.available(session.home.scenarios)
    lines = [f"{scenario.name:<10} {scenario.title}: {scenario.summary}" for scenario in shown]
    return "\n".join([*lines, "", "Begin one with /new NAME."])
