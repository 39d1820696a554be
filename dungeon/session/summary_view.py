"""What both front ends say of the summary: its state, and its versions."""

from textwrap import shorten

from dungeon.commands.summary import VERSIONS, is_current, versions
from dungeon.settings.summary_method import SUMMARY_NOTES
from dungeon.story import Adventure, StorySummary, SummarySource
from dungeon.text import counts
from dungeon.turns.game import Game
from dungeon.turns.rolling_summary import covered

_NOT_YET = "There is no summary yet. One is made when turns no longer fit the prompt."
_WAITING = (
    "There is no summary yet, although the prompt leaves out {turns}. One is made while you read a "
    "reply; where lines come from a pipe, there is no time for that. /summary edit TEXT writes "
    "your own."
)
_OFF = "There is no summary, and none is made. /summary extractive or /summary model makes one."

_BY = {
    SummarySource.EXTRACTIVE: "sentences of the story",
    SummarySource.MODEL: "written by the model",
    SummarySource.PLAYER: "your words",
}


def describe(adventure: Adventure, version: StorySummary) -> str:
    """Return who wrote a version, at which turn, and what it covers."""
    numbers = {turn.id: number for number, turn in enumerate(adventure.path(), 1)}
    count = covered(adventure, version)
    covers = f"covers turns 1 to {count:,}" if count > 1 else "covers turn 1" if count else ""
    parts = (f"made at turn {numbers.get(version.turn, 0):,}", _BY[version.source], covers)
    pinned = ", pinned" if version.pinned else ""
    return ", ".join(filter(None, parts)) + pinned


def nothing(game: Game) -> str:
    """Return why there is no summary."""
    if game.generation_settings.summary_method == "off":
        return _OFF
    left_out = game.context.left_out if game.context else 0
    return _WAITING.format(turns=counts.count(left_out, "turn")) if left_out else _NOT_YET


def state_line(game: Game) -> str:
    """Return how the story is summarised, and whether the last prompt has the summary."""
    used = game.generation_settings.summary_method
    line = f"Method: {used} ({SUMMARY_NOTES[used]})."
    context = game.context
    if used == "off" or game.adventure.summary() is None or context is None:
        return line
    if context.summary is not None:
        return f"{line} It is in the prompt."
    reason = "the whole story still fits" if not context.left_out else "there is no room for it"
    return f"{line} It is not in the prompt: {reason}."


def version_line(game: Game, number: int, version: StorySummary, width: int = 100) -> str:
    """Return a version on one line; * is the one that holds now."""
    line = f"{describe(game.adventure, version)}: {version.text or '(empty)'}"
    mark = "*" if is_current(game, version) else " "
    return f"{number:>3}{mark} {shorten(line, width - 5, placeholder=' …')}"


def summary_text(game: Game, argument: str) -> str:
    """Return the summary, or all versions of it, as line mode shows them."""
    known = versions(game)
    if argument == VERSIONS:
        blocks = [
            f"{len(known) - at}. {describe(game.adventure, version)}"
            f"{', used now' if is_current(game, version) else ''}\n{version.text or '(empty)'}"
            for at, version in enumerate(known)
        ]
        return "\n\n".join(
            [*(blocks or [nothing(game)]), "Go back to one with /summary restore N."]
        )
    current = game.adventure.summary()
    shown = (
        f"{current.text or '(empty)'}\n({describe(game.adventure, current)})"
        if current
        else nothing(game)
    )
    how = (
        "/summary edit TEXT changes it, /summary pin keeps it as it is, /summary versions shows\n"
        "earlier ones, and /summary off switches it off."
    )
    return f"{shown}\n{state_line(game)}\n\n{how}"
