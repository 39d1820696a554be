"""Save a text of the adventure, whether it stands behind a command or comes from an editor."""

from textwrap import shorten

from dungeon import actions
from dungeon.commands.availability import at_opening, busy
from dungeon.commands.dice import roll_as_before
from dungeon.commands.edited_actions import HOW, read_edited_action
from dungeon.commands.effects import Effect, Message, PlayTurn, StoryChanged
from dungeon.dice import without_roll
from dungeon.errors import InputRefused
from dungeon.story import MAX_NOTE_DEPTH, Action, Kind, Turn, branching
from dungeon.story.edited_line import turns_after
from dungeon.text import clean
from dungeon.turns.game import Game
from dungeon.turns.turn_events import TurnEdited

EDIT_DETAILS = (
    "/turns numbers the turns. What follows an edited turn goes on from it, and the old line is "
    "kept as a branch."
)
ACTION_DETAILS = (
    f"The last action is played anew; an earlier one keeps its reply. {HOW} {EDIT_DETAILS}"
)
OPENING_HAS_NO_ACTION = "The opening answers no action: edit its text, or another turn."


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


def with_replaced(effect: Effect, before: str, after: str) -> Effect:
    """Return what is said of a change, with the text that was replaced and may not have been seen:
    that of a scenario, say.
    """
    if not before.strip() or before == after or not isinstance(effect, Message):
        return effect
    return Message(f"{effect.message} Before, it said: {shorten(before, 200, placeholder=' …')}")


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
    old = game.adventure.turns.get(turn_id or game.adventure.head or "")
    if old is not None and clean(text).strip() == old.text:
        return Message("The reply stays as it is.")
    return _describe(game, "reply", await game.edit_reply(clean(text), turn_id))


async def change_action(game: Game, text: str, turn_id: str = "") -> Effect:
    """Put `text` in place of the action of a turn.

    The last one, which is the default, is played anew. An earlier one, given by `turn_id`, keeps
    its reply, and what follows it.
    """
    if reason := (busy if turn_id else at_opening)(game):
        raise InputRefused(reason)
    if not text.strip():
        raise InputRefused("An empty action cannot be played. Esc leaves it as it was.")
    last = game.adventure.turns.get(turn_id or game.adventure.head or "")
    if last is None:
        raise InputRefused("There is no action to edit yet.")
    if last.kind is Kind.OPENING:
        raise InputRefused(OPENING_HAS_NO_ACTION)
    action = read_edited_action(text, last)
    if turn_id and keeps_its_reply(game, last):
        if action == Action(last.kind, without_roll(last.action)):
            return Message("The action stays as it is.")
        action = action.with_roll(last.roll) if last.roll else action
        return _describe(game, "action", await game.correct_action(action, turn_id))
    return PlayTurn(game.edit_action(roll_as_before(game, action, last)), replaces_last=True)


def keeps_its_reply(game: Game, turn: Turn) -> bool:
    """Return whether a turn keeps its reply where its action is edited: all but the last one do,
    since what follows them answers it.
    """
    adventure = game.adventure
    return turn.id != adventure.head or bool(adventure.undone())


def _describe(game: Game, what: str, edited: TurnEdited) -> Effect:
    """Say what has become of the turns after an edited one."""
    if edited.warning or not edited.carried:
        kept = f"The {what} is changed; the old one is kept as a branch."
        return StoryChanged(edited.warning or kept)
    adventure = game.adventure
    turn = f"turn {len(adventure.path_to(edited.turn.id)):,}"
    count = edited.carried
    after = "the turn after it goes" if count == 1 else f"the {count:,} turns after it go"
    said = f"The {what} of {turn} is changed, and {after} on from there."
    if undone := len(adventure.undone()):
        said += f" /redo {undone} leads to the end."
    old = "The old line is kept as a branch"
    carried = [edited.turn, *turns_after(adventure, edited.turn.id)]
    is_named = not branching.names_of_turns(adventure).keys().isdisjoint(e.id for e in carried)
    names = "; its checkpoints are on both" if is_named else ""
    return StoryChanged(f"{said} {old}{names}.", edited.turn.id)
