"""`/summary`: show, edit and pin the summary, go back to a version, choose who writes it."""

from collections.abc import Sequence
from dataclasses import replace

from dungeon.commands.effects import Effect, Message, OpenView, SaveSettings, View
from dungeon.errors import InputRefused
from dungeon.settings.summary_method import SUMMARY_NOTES, SummaryChoice
from dungeon.story import StorySummary, SummarySource, branching, new_id
from dungeon.text import clean, safety
from dungeon.text.counts import numbered
from dungeon.text.error_words import did_you_mean, in_quotes
from dungeon.turns.game import Game

VERSIONS = "versions"

HOW = (
    "Try /summary, /summary edit TEXT, /summary pin, /summary unpin, /summary versions, "
    "/summary restore N, or /summary off, extractive, model or auto."
)


_VERBS = ("edit", "pin", "unpin", "versions", "restore", *SUMMARY_NOTES)


async def summary(game: Game, argument: str) -> Effect:
    """Carry out what stands behind /summary. Raises InputRefused or NotSaved."""
    verb, _, rest = argument.partition(" ")
    verb, rest = verb.lower(), rest.strip()
    match verb:
        case "" | "versions":
            return OpenView(View.SUMMARY, verb)
        case "edit":
            return await set_summary(game, rest) if rest else OpenView(View.SUMMARY_TEXT)
        case "pin" | "unpin":
            return await pin(game, pinned=verb == "pin")
        case "restore":
            return await restore(game, _find(game, rest))
    for choice in SUMMARY_NOTES:
        if verb == choice:
            return choose(game, choice)
    raise InputRefused(f"/summary cannot {in_quotes(verb)}.{did_you_mean(verb, _VERBS)} {HOW}")


def current_text(game: Game) -> str:
    """Return the summary that holds now."""
    current = game.adventure.summary()
    return current.text if current else ""


def versions(game: Game) -> Sequence[StorySummary]:
    """Return all versions on the way to the current turn, the newest first.

    The same text is one version: pinned, or restored, it stays where it first stood.
    """
    line = {turn.id for turn in game.adventure.path()}
    by_text = {each.text: each for each in game.adventure.summaries if each.turn in line}
    return list(reversed(by_text.values()))


def is_current(game: Game, version: StorySummary) -> bool:
    """Return whether the summary that holds now has the text of a version."""
    current = game.adventure.summary()
    return current is not None and current.text == version.text


async def set_summary(game: Game, text: str) -> Effect:
    """Make the player's own wording the summary from this turn on; `-` empties it."""
    text = "" if text.strip() == "-" else " ".join(clean(text).split())
    safety.refuse_forbidden(text)
    await _add(game, text, SummarySource.PLAYER)
    return Message("The summary is yours now." if text else "The summary is empty.")


async def pin(game: Game, *, pinned: bool) -> Effect:
    """Keep the summary as it is, or let it grow again."""
    current = game.adventure.summary()
    if current is None:
        raise InputRefused("There is no summary yet. /summary edit TEXT writes one.")
    await _add(game, current.text, current.source, pinned=pinned)
    if pinned:
        return Message("The summary is pinned: it stays as it is until you unpin it.")
    return Message("The summary goes on with the story again.")


async def restore(game: Game, version: StorySummary) -> Effect:
    """Make the text of an earlier version the summary from this turn on."""
    await _add(game, version.text, SummarySource.PLAYER, covers=version.covers)
    return Message("That version is the summary again; those after it are kept, too.")


def choose(game: Game, choice: SummaryChoice) -> Effect:
    """Choose how the turns that no longer fit are summarised."""
    game.generation_settings = replace(game.generation_settings, summary=choice)
    if not game.busy:
        game.prefetch()
    used = game.generation_settings.summary_method
    automatic = ", chosen automatically" if choice == "auto" else ""
    return SaveSettings(
        {"summary": choice}, f"The summary is {used}{automatic}: {SUMMARY_NOTES[used]}."
    )


async def _add(
    game: Game,
    text: str,
    source: SummarySource,
    *,
    pinned: bool | None = None,
    covers: str | None = None,
) -> None:
    """Add a version at the current turn, unless it is the current one; by default it is pinned if
    the one before was, and covers as much.
    """
    current = game.adventure.summary()
    if pinned is None:
        pinned = current is not None and current.pinned
    if current and (current.text, current.pinned) == (text, pinned):
        return
    if covers is None:
        covers = current.covers if current else _left_out(game)
    head = str(game.adventure.head)
    await game.revise(summary=StorySummary(new_id(), head, covers, text, source, pinned))


def _left_out(game: Game) -> str:
    """Return the id of the last turn that the last prompt left out; empty where it left none."""
    left_out = game.context.left_out if game.context else 0
    return game.adventure.path()[left_out - 1].id if left_out else ""


def _find(game: Game, number: str) -> StorySummary:
    known = versions(game)
    wanted = branching.parse_number(number)
    if not 1 <= wanted <= len(known):
        raise InputRefused(
            f"{numbered(len(known), 'version')}; /summary versions lists them."
            if known
            else "There are no versions yet. /summary edit TEXT writes one."
        )
    return known[-wanted]
