"""Save a text of the adventure, whether it stands behind a command or comes from an editor."""

from textwrap import shorten

from dungeon import actions
from dungeon.commands.availability import at_opening
from dungeon.commands.dice import roll_as_before
from dungeon.commands.effects import Effect, Message, PlayTurn, StoryChanged
from dungeon.errors import InputRefused
from dungeon.story import MAX_NOTE_DEPTH, Kind
from dungeon.text import clean
from dungeon.turns.game import Game


async def set_memory(game: Game, text: str) -> Effect:
    """Make `text` what the story always remembers, in the second person as the story is told."""
    typed = clean(text).strip()
    memory = actions.facts_to_second_person(typed)
    await game.revise(memory=memory)
    if not memory:
        return Message("The memory is empty.")
    message = "The story will remember that."
    if memory != typed:
        shown = shorten(memory, 200, placeholder=" …")
        message = f"The story calls you “you”, and remembers: {shown}"
    if kept := actions.kept_first_person(memory):
        shown = shorten(" ".join(kept), 100, placeholder=" …")
        message += f" This may be a quotation, and is kept: {shown} Where “I” is you, write “you”."
    return Message(message)


async def set_note(game: Game, text: str) -> Effect:
    """Make `text` the author's note; `-` empties it."""
    await game.revise(note=_note(text))
    return Message(_describe_note(game))


async def set_note_depth(game: Game, depth: str, text: str = "") -> Effect:
    """Make the author's note stand some turns before the end of the prompt, with another text if
    one is given.
    """
    if not (depth.isdecimal() and len(depth) < 4 and int(depth) <= MAX_NOTE_DEPTH):
        raise InputRefused(
            f"The author's note stands 0 to {MAX_NOTE_DEPTH} turns before the end; try "
            "/note --depth 2."
        )
    if not text:
        await game.revise(note_depth=int(depth))
        return Message(describe_note_depth(game))
    await game.revise(note_depth=int(depth), note=_note(text))
    return Message(f"{_describe_note(game)} {describe_note_depth(game)}")


def _note(text: str) -> str:
    return "" if text.strip() == "-" else clean(text).strip()


def _describe_note(game: Game) -> str:
    note = game.adventure.note
    if not note:
        return "The note is empty."
    if actions.facts_to_second_person(note) != note:  # it may name the first person on purpose
        return "The author's note is set. Its words are kept: where “I” means you, write “you”."
    return "The author's note is set."


def describe_note_depth(game: Game) -> str:
    """Return where the author's note stands, in a sentence."""
    depth = game.adventure.note_depth
    if not depth:
        return "The author's note stands right before your action."
    return f"The author's note stands {depth} turn{'' if depth == 1 else 's'} before the end."


async def change_reply(game: Game, text: str, turn_id: str = "") -> Effect:
    """Put `text` in place of the reply of a turn, by default the last one, as a branch."""
    edited = await game.edit_reply(clean(text), turn_id)
    return StoryChanged(edited.warning or "The reply is changed; the old one is kept as a branch.")


async def change_action(game: Game, text: str) -> Effect:
    """Play `text` in place of the last action."""
    if reason := at_opening(game):
        raise InputRefused(reason)
    if not text.strip():
        raise InputRefused("An empty action cannot be played. Esc leaves it as it was.")
    last = game.adventure.current_turn()
    kind = last.kind if last and last.kind in (Kind.SAY, Kind.STORY) else Kind.DO
    action = actions.parse_action(text, kind)
    if last is not None:
        action = roll_as_before(game, action, last)
    return PlayTurn(game.edit_action(action), replaces_last=True)
