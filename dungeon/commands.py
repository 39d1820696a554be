"""Define every command once, for the slash line, the keys, the palette and the help.

A command looks at the game and answers with an effect, which a front end carries out. Text that a
model writes never comes here.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from dungeon import actions
from dungeon.errors import InputRefused
from dungeon.game import Event, Game
from dungeon.sampling import PRESETS, get_preset
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


# Effects.


@dataclass(frozen=True, slots=True)
class PlayTurn:
    """Play a turn: show its events as they come."""

    events: AsyncGenerator[Event, None]
    replaces_last: bool = False
    """Whether the new turn takes the place of the last one on the screen."""


@dataclass(frozen=True, slots=True)
class StopTurn:
    """The reply under way was told to stop: see to it that it ends soon."""


@dataclass(frozen=True, slots=True)
class StoryChanged:
    """The story has changed: show it anew, and say `message`."""

    message: str


@dataclass(frozen=True, slots=True)
class Message:
    """Say a sentence to the player."""

    message: str


@dataclass(frozen=True, slots=True)
class OpenView:
    """Open a view; `argument` is what was typed behind the command."""

    view: View
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave the game."""


Effect = PlayTurn | StopTurn | StoryChanged | Message | OpenView | Quit


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a player can ask for."""

    name: str
    summary: str
    run: Callable[[Game, str], Awaitable[Effect]]
    unavailable_reason: Callable[[Game], str] = lambda _game: ""
    """Why it cannot be used now, as a sentence; empty where it can."""
    usage: str = ""
    """The argument, as help shows it; in brackets where it may be left out."""
    aliases: tuple[str, ...] = ()
    """Other names players know it by from other games."""
    key: str = ""
    """The key of the terminal interface, by Textual's name."""
    mode: Kind | None = None
    """The input mode in which a line without a slash runs this command."""

    @property
    def syntax(self) -> str:
        """What is typed for it: `/edit [TEXT]`."""
        return f"{SLASH}{self.name} {self.usage}".rstrip()

    @property
    def requires_argument(self) -> bool:
        """Whether it can do nothing without an argument."""
        return bool(self.usage) and not self.usage.startswith("[")

    async def __call__(self, game: Game, argument: str = "") -> Effect:
        """Carry the command out. Raises InputRefused where it cannot be used now."""
        if reason := self.unavailable_reason(game):
            raise InputRefused(reason)
        return await self.run(game, argument)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A typed line, parsed."""

    command: Command
    argument: str

    async def run(self, game: Game) -> Effect:
        """Carry the line out. Raises InputRefused where it cannot be done now."""
        return await self.command(game, self.argument)


# When a command is unavailable.


def _busy(game: Game) -> str:
    return "The story is still being written. Stop it first." if game.busy else ""


def _at_opening(game: Game) -> str:
    return _busy(game) or ("" if game.can_undo else "The story stands at its opening.")


def _nothing_undone(game: Game) -> str:
    return _busy(game) or ("" if game.can_redo else "There is nothing to redo.")


def _not_writing(game: Game) -> str:
    return "" if game.busy else "Nothing is being written."


# What is done with a text, whether it stands behind a command or comes from an editor.


async def set_memory(game: Game, text: str) -> Effect:
    """Make `text` what the story always remembers."""
    await game.revise(memory=clean(text).strip())
    remembers = bool(game.adventure.memory)
    return Message("The story will remember that." if remembers else "The memory is empty.")


async def set_note(game: Game, text: str) -> Effect:
    """Make `text` the author's note."""
    await game.revise(note=clean(text).strip())
    return Message("The author's note is set." if game.adventure.note else "The note is empty.")


async def change_reply(game: Game, text: str) -> Effect:
    """Put `text` in place of the last reply."""
    edited = await game.edit_reply(clean(text))
    return StoryChanged(edited.warning or "The reply is changed; the old one is kept as a branch.")


async def change_action(game: Game, text: str) -> Effect:
    """Play `text` in place of the last action."""
    if reason := _at_opening(game):
        raise InputRefused(reason)
    if not text.strip():
        raise InputRefused("An empty action cannot be played. Esc leaves it as it was.")
    last = game.adventure.current_turn()
    kind = last.kind if last and last.kind in (Kind.SAY, Kind.STORY) else Kind.DO
    return PlayTurn(game.edit_action(actions.parse_action(text, kind)), replaces_last=True)


# What the commands do.


def _act(kind: Kind) -> Callable[[Game, str], Awaitable[Effect]]:
    async def run(game: Game, argument: str) -> Effect:
        if not argument:
            raise InputRefused(f"Say what, behind /{kind}.")
        return PlayTurn(game.play(actions.parse_action(argument, kind)))

    return run


async def _continue(game: Game, argument: str) -> Effect:
    return PlayTurn(game.play(actions.parse_action("", Kind.DO)))


async def _roll(game: Game, argument: str) -> Effect:
    action = actions.parse_action(argument, Kind.DO)
    if action.kind is Kind.CONTINUE:
        raise InputRefused("Say what you try, behind /roll.")
    return PlayTurn(game.play(actions.add_dice_roll(action, game.rng())))


async def _retry(game: Game, argument: str) -> Effect:
    return PlayTurn(game.retry(), replaces_last=True)


async def _stop(game: Game, argument: str) -> Effect:
    game.stop()
    return StopTurn()


async def _undo(game: Game, argument: str) -> Effect:
    turn = await game.undo()
    return StoryChanged(f"Taken back: {turn.action}" if turn.action else "Taken back.")


async def _redo(game: Game, argument: str) -> Effect:
    turn = await game.redo()
    return StoryChanged(f"Done again: {turn.action}" if turn.action else "Done again.")


async def _edit_reply(game: Game, argument: str) -> Effect:
    return await change_reply(game, argument) if argument else OpenView(View.REPLY)


async def _edit_action(game: Game, argument: str) -> Effect:
    return await change_action(game, argument) if argument else OpenView(View.ACTION)


async def _memory(game: Game, argument: str) -> Effect:
    return await set_memory(game, argument) if argument else OpenView(View.MEMORY)


async def _forget(game: Game, argument: str) -> Effect:
    return await set_memory(game, "")


async def _note(game: Game, argument: str) -> Effect:
    if not argument:
        return OpenView(View.NOTE)
    return await set_note(game, "" if argument == "-" else argument)


async def _title(game: Game, argument: str) -> Effect:
    if not argument:
        return Message(f"This adventure is called {game.adventure.title}.")
    await game.revise(title=clean_line(argument))
    return StoryChanged(f"This adventure is now called {game.adventure.title}.")


async def _preset(game: Game, argument: str) -> Effect:
    if not argument:
        return Message(f"The sampling presets are {', '.join(PRESETS)}.")
    game.generation_settings = replace(
        game.generation_settings, sampling=get_preset(argument.strip().lower())
    )
    return Message(f"The story is now told in the {argument.strip().lower()} manner.")


async def _length(game: Game, argument: str) -> Effect:
    if not argument:
        return Message(f"Replies aim at {game.generation_settings.reply_tokens} tokens.")
    shortest, longest = 20, 400
    if not argument.isdecimal() or not shortest <= int(argument) <= longest:
        raise InputRefused(f"A reply may have {shortest} to {longest} tokens; try /length 80.")
    game.generation_settings = replace(game.generation_settings, reply_tokens=int(argument))
    return Message(f"Replies now aim at {argument} tokens.")


async def _retrieval(game: Game, argument: str) -> Effect:
    choices = {"on": True, "off": False}
    wanted = argument.strip().lower()
    if wanted and wanted not in choices:
        raise InputRefused("Earlier turns are quoted or not; try /retrieval on or /retrieval off.")
    if wanted:
        game.generation_settings = replace(game.generation_settings, retrieval=choices[wanted])
        if not game.busy:
            game.prefetch()
    is_on = game.generation_settings.retrieval
    return Message(
        "Earlier turns that match your action are quoted to the model."
        if is_on
        else "Earlier turns that no longer fit are not quoted to the model."
    )


async def _save(game: Game, argument: str) -> Effect:
    return Message("Every turn is already saved. Come back with `grue play --continue`.")


def _open(view: View) -> Callable[[Game, str], Awaitable[Effect]]:
    async def run(game: Game, argument: str) -> Effect:
        return OpenView(view, argument)

    return run


async def _quit(game: Game, argument: str) -> Effect:
    return Quit()


COMMANDS: tuple[Command, ...] = (
    Command("help", "What you can do", _open(View.HELP), aliases=("h", "?"), key="f1"),
    Command("continue", "Let the story go on", _continue, _busy, aliases=("c",),
            mode=Kind.CONTINUE),
    Command("do", "Act: /do open the door", _act(Kind.DO), _busy, usage="WHAT", mode=Kind.DO),
    Command("say", "Speak: /say who is there?", _act(Kind.SAY), _busy, usage="WHAT",
            mode=Kind.SAY),
    Command("story", "Write prose yourself", _act(Kind.STORY), _busy, usage="PROSE",
            mode=Kind.STORY),
    Command("roll", "Act and let a die decide", _roll, _busy, usage="WHAT"),
    Command("retry", "Another reply to the same action", _retry, _at_opening, key="ctrl+r"),
    Command("undo", "Take the last turn back", _undo, _at_opening, aliases=("revert",),
            key="ctrl+z"),
    Command("redo", "Go forward again", _redo, _nothing_undone, key="ctrl+y"),
    Command("stop", "End the reply; what is written stays", _stop, _not_writing, key="escape"),
    Command("edit", "Change the last reply", _edit_reply, _busy, usage="[TEXT]",
            aliases=("alter",), key="ctrl+l"),
    Command("action", "Change your last action", _edit_action, _at_opening, usage="[WHAT]",
            key="ctrl+t"),
    Command("memory", "What the story always remembers", _memory, usage="[TEXT]",
            aliases=("remember",), key="ctrl+g"),
    Command("forget", "Empty the memory", _forget),
    Command("note", "A note to the author on how to write; - empties it", _note,
            usage="[TEXT]", key="ctrl+n"),
    Command("title", "Name this adventure", _title, usage="[TITLE]"),
    Command("preset", "How boldly words are chosen", _preset, usage="[NAME]",
            aliases=("settings",)),
    Command("length", "How long replies are, in tokens", _length, usage="[TOKENS]"),
    Command("retrieval", "Whether earlier turns are quoted to the model", _retrieval,
            usage="[on|off]"),
    Command("context", "What the model was told, and what it costs", _open(View.CONTEXT),
            key="f2"),
    Command("print", "The story so far", _open(View.STORY)),
    Command("saves", "Saved adventures; search them", _open(View.SAVES), _busy, usage="[QUERY]",
            aliases=("load", "search"), key="ctrl+o"),
    Command("new", "Begin another adventure", _open(View.NEW), _busy,
            aliases=("restart", "reset")),
    Command("model", "Choose the model", _open(View.MODELS), _busy),
    Command("menu", "Back to the title", _open(View.TITLE), _busy),
    Command("save", "Everything is saved as you play", _save),
    Command("quit", "Leave; the adventure waits for you", _quit, aliases=("q", "exit"),
            key="ctrl+q"),
)  # fmt: skip
"""All commands, in the order in which help lists them."""

_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}
_BY_MODE = {command.mode: command for command in COMMANDS if command.mode}


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


def parse_line(line: str, mode: Kind = Kind.DO) -> CommandLine:
    """Return the command that `line` asks for: the one behind its slash, or else that of `mode`.

    An empty line continues the story. Raises InputRefused where there is no such command.
    """
    if line.startswith(SLASH):
        name, _, argument = line[len(SLASH) :].strip().partition(" ")
        return CommandLine(find(name), argument.strip())
    argument = line.strip()
    return CommandLine(_BY_MODE[mode if argument else Kind.CONTINUE], argument)


def suggest(line: str) -> list[Command]:
    """Return the commands that `line`, a slash and the beginning of a name, may become."""
    if not line.startswith(SLASH) or " " in line:
        return []
    prefix = line.removeprefix(SLASH).lower()
    by_name = [command for command in COMMANDS if command.name.startswith(prefix)]
    by_alias = [
        command
        for command in COMMANDS
        if prefix and command not in by_name and any(a.startswith(prefix) for a in command.aliases)
    ]
    return by_name + by_alias
