"""Provides every command of the game, each one once: for the slash line, the keys, the palette.

A command looks at the game and answers with an effect; a front end carries the effect out in its
own way. Knows nothing of screens. Text that a model writes never comes here.
"""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from dungeon import actions
from dungeon.errors import InputRefused
from dungeon.game import Event, Game
from dungeon.sampling import PRESETS, preset
from dungeon.story import Kind
from dungeon.text import clean, clean_line

SLASH = "/"
"""What a typed command begins with."""


class View(StrEnum):
    """What a front end may show beside the story."""

    HELP = "help"
    MEMORY = "memory"
    NOTE = "note"
    REPLY = "reply"
    ACTION = "action"
    CONTEXT = "context"
    STORY = "story"
    SAVES = "saves"
    MODELS = "models"
    NEW = "new"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class PlayTurn:
    """A turn is to be played: show its events as they come."""

    events: AsyncGenerator[Event, None]


@dataclass(frozen=True, slots=True)
class StoryChanged:
    """The line of the story has changed: show it anew, and say `message`."""

    message: str


@dataclass(frozen=True, slots=True)
class Message:
    """Only a sentence for the player."""

    message: str


@dataclass(frozen=True, slots=True)
class OpenView:
    """Show a panel; `argument` is what stood behind the command."""

    panel: View
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Quit:
    """The player leaves."""


Effect = PlayTurn | StoryChanged | Message | OpenView | Quit


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a player can ask for, other than acting in the story."""

    name: str
    summary: str
    run: Callable[[Game, str], Effect]
    usage: str = ""
    """What may stand behind the name."""
    aliases: tuple[str, ...] = ()
    """Other names players know it by from other games."""
    key: str = ""
    """The key of the terminal interface, by Textual's name."""
    blocked: Callable[[Game], str] = lambda _game: ""
    """Why it cannot be used now, as a sentence; empty where it can."""

    def __call__(self, game: Game, argument: str = "") -> Effect:
        """Carry the command out. Raises InputRefused where it cannot be used now."""
        if reason := self.blocked(game):
            raise InputRefused(reason)
        return self.run(game, argument)


# Why a command may have to wait.


def _busy(game: Game) -> str:
    return "The story is still being written. Stop it first." if game.busy else ""


def _at_opening(game: Game) -> str:
    return _busy(game) or ("" if game.can_undo else "The story stands at its opening.")


def _nothing_undone(game: Game) -> str:
    return _busy(game) or ("" if game.can_redo else "There is nothing to redo.")


def _not_writing(game: Game) -> str:
    return "" if game.busy else "Nothing is being written."


# What the commands do.


def _act(kind: Kind) -> Callable[[Game, str], Effect]:
    def run(game: Game, argument: str) -> Effect:
        if not argument:
            raise InputRefused(f"Say what, behind /{kind}.")
        return PlayTurn(game.play(actions.parse_action(argument, kind)))

    return run


def _continue(game: Game, argument: str) -> Effect:
    return PlayTurn(game.play(actions.parse_action("", Kind.DO)))


def _roll(game: Game, argument: str) -> Effect:
    action = actions.parse_action(argument, Kind.DO)
    if action.kind is Kind.CONTINUE:
        raise InputRefused("Say what you try, behind /roll.")
    return PlayTurn(game.play(actions.add_dice_roll(action, game.chance())))


def _retry(game: Game, argument: str) -> Effect:
    return PlayTurn(game.retry())


def _stop(game: Game, argument: str) -> Effect:
    game.stop()
    return Message("")


def _undo(game: Game, argument: str) -> Effect:
    turn = game.undo()
    return StoryChanged(f"Taken back: {turn.action}" if turn.action else "Taken back.")


def _redo(game: Game, argument: str) -> Effect:
    turn = game.redo()
    return StoryChanged(f"Done again: {turn.action}" if turn.action else "Done again.")


def _edit_reply(game: Game, argument: str) -> Effect:
    if not argument:
        return OpenView(View.REPLY)
    done = game.edit_reply(clean(argument))
    return StoryChanged(done.warning or "The reply is changed; the old one is kept as a branch.")


def _edit_action(game: Game, argument: str) -> Effect:
    if not argument:
        return OpenView(View.ACTION)
    last = game.adventure.last()
    kind = last.kind if last and last.kind in (Kind.SAY, Kind.STORY) else Kind.DO
    return PlayTurn(game.edit_action(actions.parse_action(argument, kind)))


def _memory(game: Game, argument: str) -> Effect:
    if not argument:
        return OpenView(View.MEMORY)
    game.revise(memory=clean(argument))
    return Message("The story will remember that.")


def _forget(game: Game, argument: str) -> Effect:
    game.revise(memory="")
    return Message("The memory is empty.")


def _note(game: Game, argument: str) -> Effect:
    if not argument:
        return OpenView(View.NOTE)
    game.revise(note="" if argument == "-" else clean(argument))
    return Message("The author's note is set." if game.adventure.note else "The note is empty.")


def _title(game: Game, argument: str) -> Effect:
    if not argument:
        return Message(f"This adventure is called {game.adventure.title}.")
    game.revise(title=clean_line(argument))
    return StoryChanged(f"This adventure is now called {game.adventure.title}.")


def _preset(game: Game, argument: str) -> Effect:
    if not argument:
        return Message(f"The sampling presets are {', '.join(PRESETS)}.")
    game.style = replace(game.style, sampling=preset(argument.strip().lower()))
    return Message(f"The story is now told in the {argument.strip().lower()} manner.")


def _length(game: Game, argument: str) -> Effect:
    if not argument:
        return Message(f"Replies aim at {game.style.reply_tokens} tokens.")
    shortest, longest = 20, 400
    if not argument.isdecimal() or not shortest <= int(argument) <= longest:
        raise InputRefused(f"A reply may have {shortest} to {longest} tokens; try /length 80.")
    game.style = replace(game.style, reply_tokens=int(argument))
    return Message(f"Replies now aim at {argument} tokens.")


def _open(panel: View) -> Callable[[Game, str], Effect]:
    return lambda _game, argument: OpenView(panel, argument)


def _quit(game: Game, argument: str) -> Effect:
    return Quit()


COMMANDS: tuple[Command, ...] = (
    Command("help", "What you can do", _open(View.HELP), aliases=("h", "?"), key="f1"),
    Command("continue", "Let the story go on", _continue, aliases=("c",), blocked=_busy),
    Command("do", "Act: /do open the door", _act(Kind.DO), usage="WHAT", blocked=_busy),
    Command("say", "Speak: /say who is there?", _act(Kind.SAY), usage="WHAT", blocked=_busy),
    Command("story", "Write prose yourself", _act(Kind.STORY), usage="PROSE", blocked=_busy),
    Command("roll", "Act and let a die decide", _roll, usage="WHAT", blocked=_busy),
    Command("retry", "Another reply to the same action", _retry, key="ctrl+r", blocked=_at_opening),
    Command(
        "undo", "Take the last turn back", _undo, aliases=("revert",), key="ctrl+z",
        blocked=_at_opening,
    ),
    Command("redo", "Go forward again", _redo, key="ctrl+y", blocked=_nothing_undone),
    Command("stop", "End the reply; what is written stays", _stop, key="escape",
            blocked=_not_writing),
    Command(
        "edit", "Change the last reply", _edit_reply, usage="[TEXT]", aliases=("alter",),
        key="ctrl+l", blocked=_busy,
    ),
    Command(
        "action", "Change your last action", _edit_action, usage="[WHAT]", key="ctrl+t",
        blocked=_at_opening,
    ),
    Command(
        "memory", "What the story always remembers", _memory, usage="[TEXT]",
        aliases=("remember",), key="ctrl+g",
    ),
    Command("forget", "Empty the memory", _forget),
    Command("note", "A note to the author on how to write; - empties it", _note,
            usage="[TEXT]", key="ctrl+n"),
    Command("title", "Name this adventure", _title, usage="[TITLE]"),
    Command("preset", "How boldly words are chosen", _preset, usage="[NAME]",
            aliases=("settings",)),
    Command("length", "How long replies are, in tokens", _length, usage="[TOKENS]"),
    Command("context", "What the model was told, and what it costs", _open(View.CONTEXT),
            key="f2"),
    Command("print", "The story so far", _open(View.STORY)),
    Command("saves", "Saved adventures; search them", _open(View.SAVES), usage="[QUERY]",
            aliases=("load", "search"), key="ctrl+o", blocked=_busy),
    Command("new", "Begin another adventure", _open(View.NEW), aliases=("restart", "reset"),
            blocked=_busy),
    Command("model", "Choose the model", _open(View.MODELS), blocked=_busy),
    Command("menu", "Back to the title", _open(View.TITLE), blocked=_busy),
    Command("save", "Everything is saved as you play", lambda _g, _a: Message(SAVED)),
    Command("quit", "Leave; the adventure waits for you", _quit, aliases=("q", "exit"),
            key="ctrl+q"),
)  # fmt: skip
"""All commands, in the order in which help tells them."""

SAVED = "Every turn is already saved. Come back with `grue play --continue`."

_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def find(name: str) -> Command:
    """Return the command called `name`, or the only one whose name begins so.

    Raises InputRefused where there is none, or more than one.
    """
    name = name.lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    near = [command for command in COMMANDS if name and command.name.startswith(name)]
    match near:
        case [command]:
            return command
        case []:
            raise InputRefused(f"There is no command /{clean_line(name)}. /help lists them all.")
        case _:
            names = ", ".join(f"/{command.name}" for command in near)
            raise InputRefused(f"/{clean_line(name)} may mean {names}.")


def parse_line(game: Game, line: str, mode: Kind = Kind.DO) -> Effect:
    """Return the effect of a line the player typed: a command behind a slash, or else an action.

    Raises InputRefused where it cannot be done, and where a turn is still under way.
    """
    if line.startswith(SLASH):
        name, _, argument = line[len(SLASH) :].strip().partition(" ")
        return find(name)(game, argument.strip())
    if reason := _busy(game):
        raise InputRefused(reason)
    return PlayTurn(game.play(actions.parse_action(line, mode)))
