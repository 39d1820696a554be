"""What the views show that both front ends have: titles, hints and texts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from textwrap import shorten

from dungeon.commands.banned import set_banned
from dungeon.commands.biased import listed as biased_words
from dungeon.commands.biased import set_biased
from dungeon.commands.edited_actions import HOW, editable_action
from dungeon.commands.edits import change_action, change_reply, set_memory, set_note
from dungeon.commands.effects import Effect, View
from dungeon.commands.summary import current_text, set_summary
from dungeon.prompt.context import Context, QuotedTurn
from dungeon.story import Turn
from dungeon.text import counts
from dungeon.turns.game import Game

PART_NAMES = {
    "rules": "Rules",
    "memory": "Memory",
    "summary": "Summary",
    "lore": "Lore",
    "earlier": "Earlier turns",
    "story": "The story",
    "state": "State",
    "note": "Author's note",
    "recent": "The last turns",
    "action": "Your action",
}
"""The parts of a prompt, by the names that the prompt builder gives them."""


@dataclass(frozen=True, slots=True)
class Editor:
    """A view in which the player edits a text of the adventure."""

    title: str
    hint: str
    command: str
    """The command that opens it, and that takes the text behind it as well."""
    text: Callable[[Game], str]
    """The text as it stands."""
    save: Callable[[Game, str], Awaitable[Effect]]
    """Save an edited text. Raises GrueError."""
    how: str = ""
    """How a line changes it, where that command takes something else than the whole text."""


def _last_reply(game: Game) -> str:
    last = game.adventure.current_turn()
    return last.text if last else ""


def _last_action(game: Game) -> str:
    last = game.adventure.current_turn()
    return editable_action(last) if last else ""


EDITORS: Mapping[View, Editor] = {
    View.MEMORY: Editor(
        "Memory",
        "What the story always remembers: “You are Ada. You carry a lamp.”",
        "memory",
        lambda game: game.adventure.memory,
        set_memory,
    ),
    View.NOTE: Editor(
        "Author's note",
        "How to write: the mood, the pace, what to avoid. /note --depth N moves it from the end.",
        "note",
        lambda game: game.adventure.note,
        set_note,
    ),
    View.SUMMARY_TEXT: Editor(
        "The story so far",
        "A summary of what no longer fits the prompt. Your words stay; later turns are added.",
        "summary edit",
        current_text,
        set_summary,
    ),
    View.REPLY: Editor(
        "The last reply",
        "The story goes on from your wording. The old reply is kept as a branch.",
        "edit",
        _last_reply,
        change_reply,
    ),
    View.ACTION: Editor(
        "Your last action",
        f"The reply is written anew. The old turn is kept as a branch. {HOW}",
        "action",
        _last_action,
        change_action,
    ),
    View.BANNED: Editor(
        "Banned phrases",
        "No reply says these words, in any adventure; one phrase a line.",
        "ban",
        lambda game: "\n".join(game.generation_settings.banned_phrases),
        set_banned,
        "Ban another with /ban PHRASE; allow one again with /unban PHRASE.",
    ),
    View.BIASED: Editor(
        "Biased words",
        "One a line: `lantern 2` makes a word likelier, `lantern -2` less likely, up to 20.",
        "bias",
        biased_words,
        set_biased,
        "Add or change one with /bias WORDS NUMBER; /bias WORDS off removes it.",
    ),
}
"""The editor that each of these views is."""


def context_summary(context: Context) -> str:
    """Return the format of the prompt, how much of the budget it takes, how many turns are left
    out, and why some of the budget is free all the same.
    """
    form = "As a chat, " if context.format == "chat" else ""
    total = f"{form}{context.tokens:,} of {context.budget:,} tokens"
    if not context.left_out:
        return f"{total}. The whole story fits."
    free = round(context.budget - context.tokens, -1)
    turns = "earlier turn is" if context.left_out == 1 else "earlier turns are"
    return (
        f"{total}. {context.left_out:,} {turns} left out. Whenever the story is too long, its "
        "older half is left out at once: what is left stays the same for many turns, so that the "
        f"engine need not evaluate all of it each time. About {free:,} tokens are free until then."
    )


def quotation_reason(quoted: QuotedTurn) -> str:
    """Return which turn is quoted, and why: the words of the action that it contains."""
    return f"Turn {quoted.number:,} is quoted; it matches: {', '.join(quoted.match.words)}."


def note_place(context: Context) -> str:
    """Return where the author's note stands, if that is not right before the action."""
    depth = context.note_depth
    return f"{count_of_turns(depth)} before the end" if depth else ""


def search_problem(context: Context) -> str:
    """Return that earlier turns could not be searched, and why; empty where they could."""
    error = context.search_error
    return f"The earlier turns could not be searched. {error}" if error else ""


def count_of_turns(count: int) -> str:
    """Return `count` with the noun: "1 turn", "1,234 turns"."""
    return counts.count(count, "turn")


def summary_of_turn(turn: Turn, width: int = 60) -> str:
    """Return the action and the beginning of the reply on one line of at most `width` characters,
    or the opening's beginning.
    """
    beginning = turn.text[: 4 * width]  # to shorten a text means to split all of it into words
    return shorten(f"{turn.action[: 4 * width]} {beginning}", width, placeholder=" …")


def age(then: datetime, now: datetime) -> str:
    """Return how long ago `then` was: "an hour ago". Both have a time zone.

    A moment in the future counts as now: clocks are sometimes set back.
    """
    from humanize import naturaltime

    return naturaltime(max(now - then, timedelta()))
