"""All commands: the slash line, the keys, the palette and the help take them from here."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from dungeon import actions
from dungeon.commands import dice
from dungeon.commands.alternatives import alternatives, rewrite
from dungeon.commands.availability import (
    at_opening,
    busy,
    no_action,
    not_writing,
    nothing_undone,
)
from dungeon.commands.banned import ban, banned, unban
from dungeon.commands.biased import bias
from dungeon.commands.branches import branches, swipe
from dungeon.commands.checkpoints import checkpoint, compare, fork, goto
from dungeon.commands.command import SLASH, Command
from dungeon.commands.edits import (
    ACTION_DETAILS,
    EDIT_DETAILS,
    OPENING_HAS_NO_ACTION,
    change_action,
    change_reply,
    describe_note_depth,
    set_memory,
    set_note,
    set_note_depth,
    with_replaced,
)
from dungeon.commands.effects import (
    CancelDownload,
    Effect,
    MeasureSpeed,
    Message,
    OpenView,
    PlayTurn,
    Quit,
    StopTurn,
    StoryChanged,
    UseModel,
    View,
    WriteInEditor,
)
from dungeon.commands.guidance import guidance
from dungeon.commands.history import redo, undo
from dungeon.commands.library import HOW as LIBRARY_DETAILS
from dungeon.commands.library import favourite, library, sort, stats, tag
from dungeon.commands.lookup import find_command
from dungeon.commands.lore import HOW as LORE_DETAILS
from dungeon.commands.lore import lore_command
from dungeon.commands.prompt_format import change_format
from dungeon.commands.provenance import why
from dungeon.commands.recap import show_recap
from dungeon.commands.sampling import preset, sampling
from dungeon.commands.scripts import scripts
from dungeon.commands.settings import settings, speak, theme
from dungeon.commands.state import DETAILS as STATE_DETAILS
from dungeon.commands.state import accept_command, no_suggestions, state_command
from dungeon.commands.suggestions import suggest, suggested_action
from dungeon.commands.summary import HOW as SUMMARY_DETAILS
from dungeon.commands.summary import summary
from dungeon.commands.transfers import export
from dungeon.dice.rules_text import HOW as DICE_DETAILS
from dungeon.errors import InputRefused
from dungeon.settings.generation import LONGEST_REPLY, SHORTEST_REPLY, GenerationSettings
from dungeon.story import Kind
from dungeon.story.branching import find_turn
from dungeon.text import clean_line
from dungeon.turns.game import Game


def _act(kind: Kind, *, detect_speech: bool = True) -> Callable[[Game, str], Awaitable[Effect]]:
    async def run(game: Game, argument: str) -> Effect:
        suggested = suggested_action(game, argument) if kind is Kind.DO else None
        action = suggested or actions.parse_action(argument, kind, detect_speech=detect_speech)
        return PlayTurn(game.play(dice.roll_if_risky(game, action)))

    return run


async def _help(game: Game, argument: str) -> Effect:
    if not argument:
        return OpenView(View.HELP)
    return Message(find_command(COMMANDS, argument.removeprefix(SLASH)).description)


async def _continue(game: Game, argument: str) -> Effect:
    return PlayTurn(game.play(actions.parse_action("", Kind.DO)))


async def _retry(game: Game, argument: str) -> Effect:
    return PlayTurn(game.retry(), replaces_last=True)


async def _stop(game: Game, argument: str) -> Effect:
    game.stop()
    return StopTurn()


async def _edit_reply(game: Game, argument: str) -> Effect:
    turn_id, text = _chosen_turn(game, argument)
    if not text:
        return OpenView(View.REPLY, turn_id)
    return await change_reply(game, text, turn_id)


async def _edit_action(game: Game, argument: str) -> Effect:
    turn_id, text = _chosen_turn(game, argument)
    if not turn_id and (reason := at_opening(game)):
        raise InputRefused(reason)
    if turn_id and game.adventure.turns[turn_id].kind is Kind.OPENING:
        raise InputRefused(OPENING_HAS_NO_ACTION)
    if not text:
        return OpenView(View.ACTION, turn_id)
    return await change_action(game, text, turn_id)


def _chosen_turn(game: Game, argument: str) -> tuple[str, str]:
    """Return the id of the turn in `--turn N TEXT`, empty without it, and the text."""
    option, _, rest = argument.partition(" ")
    if option != "--turn":
        return "", argument
    where, _, text = rest.strip().partition(" ")
    return find_turn(game.adventure, where).id, text.strip()


async def _memory(game: Game, argument: str) -> Effect:
    if not argument:
        return OpenView(View.MEMORY)
    before = game.adventure.memory
    return with_replaced(await set_memory(game, argument), before, game.adventure.memory)


async def _forget(game: Game, argument: str) -> Effect:
    before = game.adventure.memory
    return with_replaced(await set_memory(game, ""), before, "")


async def _note(game: Game, argument: str) -> Effect:
    if not argument:
        return OpenView(View.NOTE)
    before = game.adventure.note
    option, _, rest = argument.partition(" ")
    if option != "--depth":
        return with_replaced(await set_note(game, argument), before, game.adventure.note)
    if not rest.strip():
        return Message(describe_note_depth(game))
    depth, _, text = rest.strip().partition(" ")
    changed = await set_note_depth(game, depth, text.strip())
    return with_replaced(changed, before, game.adventure.note)


async def _title(game: Game, argument: str) -> Effect:
    if not argument:
        return Message(f"This adventure is called {game.adventure.title}.")
    await game.revise(title=clean_line(argument))
    return StoryChanged(f"This adventure is now called {game.adventure.title}.")


async def _length(game: Game, argument: str) -> Effect:
    if not argument:
        return Message(_describe_length("Replies", game.generation_settings))
    settings = game.generation_settings
    if argument.lower() in ("default", "0"):
        game.generation_settings = replace(settings, reply_tokens=settings.default_reply_tokens)
        return Message(_describe_length("From now on replies", game.generation_settings))
    is_number = argument.isdecimal() and len(argument) < 10  # Python reads no number of thousands
    if not is_number or not SHORTEST_REPLY <= int(argument) <= LONGEST_REPLY:
        raise InputRefused(
            f"A reply may have {SHORTEST_REPLY} to {LONGEST_REPLY} tokens; try "
            f"/length 80, or /length default for the usual {settings.default_reply_tokens}."
        )
    game.generation_settings = replace(settings, reply_tokens=int(argument))
    return Message(_describe_length("From now on replies", game.generation_settings))


def _describe_length(replies: str, settings: GenerationSettings) -> str:
    return (
        f"{replies} end with the sentence that reaches {settings.reply_tokens} tokens, at "
        f"{settings.max_tokens} at the latest, and sooner where the model has no more to say."
    )


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


async def _model(game: Game, argument: str) -> Effect:
    return UseModel(argument) if argument else OpenView(View.MODELS)


async def _models(game: Game, argument: str) -> Effect:
    match argument.strip().lower():
        case "":
            return OpenView(View.MODELS)
        case "test":
            return MeasureSpeed()
        case "cancel":
            return CancelDownload()
    raise InputRefused("Try /models, /models test or /models cancel; /model NAME chooses one.")


async def _save(game: Game, argument: str) -> Effect:
    return Message("Every turn is already saved. Come back with `grue play --continue`.")


def _open(view: View) -> Callable[[Game, str], Awaitable[Effect]]:
    async def run(game: Game, argument: str) -> Effect:
        return OpenView(view, argument)

    return run


async def _editor(game: Game, argument: str) -> Effect:
    return WriteInEditor()


async def _quit(game: Game, argument: str) -> Effect:
    return Quit()


COMMANDS: tuple[Command, ...] = (
    Command("help", "What you can do, or what one command does", _help, usage="[COMMAND]",
            aliases=("h", "?"), key="f1"),
    Command("continue", "Let the story go on", _continue, busy, aliases=("c",),
            waits_for_reply=True, mode=Kind.CONTINUE),
    Command("do", "Act: /do open the door", _act(Kind.DO, detect_speech=False), busy, usage="WHAT",
            details="Nothing is taken for speech but what stands in quotation marks.",
            waits_for_reply=True, mode=Kind.DO),
    Command("say", "Speak: /say who is there?", _act(Kind.SAY), busy, usage="WHAT",
            waits_for_reply=True, mode=Kind.SAY),
    Command("story", "Write prose yourself", _act(Kind.STORY), busy, usage="PROSE",
            waits_for_reply=True, mode=Kind.STORY),
    Command("editor", "Write your next line in $VISUAL or $EDITOR", _editor, busy, key="ctrl+x"),
    Command("roll", "Act and let a die decide", dice.roll, busy, usage="WHAT",
            details=dice.ROLL_HELP, waits_for_reply=True),
    Command("suggest", "Three actions that fit; 1 to 3 takes one", suggest, busy, usage="[N]",
            key="f6"),
    Command("retry", "Another reply to the same action", _retry, at_opening, key="ctrl+r"),
    Command("alternatives", "Which other words the last reply could have had", alternatives,
            at_opening, key="f5"),
    Command("rewrite", "Another reply from word N of /alternatives on, or from WORD in its place",
            rewrite, at_opening, usage="N [WORD]"),
    Command("undo", "Take the last turn back, or the last N", undo, at_opening, usage="[N]",
            aliases=("revert",), key="ctrl+z"),
    Command("redo", "Go forward again, by one turn or by N", redo, nothing_undone, usage="[N]",
            key="ctrl+y"),
    Command("stop", "End the reply; what is written stays", _stop, not_writing, key="escape"),
    Command("swipe", "The next reply to the same action, or reply N; - is the one before", swipe,
            at_opening, usage="[N]"),
    Command("branches", "All branches of the story; N goes to one", branches, busy,
            usage="[N|NAME]",
            aliases=("tree",), key="ctrl+b"),
    Command("turns", "Every turn by its number, to edit, retry, name, copy or go to",
            _open(View.TURNS), busy, key="ctrl+up"),
    Command("checkpoint", "Name this turn, or - NAME to forget a name; alone it lists them",
            checkpoint, usage="[NAME]", aliases=("checkpoints", "bookmark")),
    Command("goto", "Go to a checkpoint, or to a turn of this line by its number", goto, busy,
            usage="N|NAME"),
    Command("compare", "Where two branches part, and how each goes on", compare, busy,
            usage="N|NAME [with N|NAME]"),
    Command("fork", "Make an adventure of its own of the story up to here", fork, busy,
            usage="[TITLE]"),
    Command("edit", "Change the last reply, or that of turn N", _edit_reply, busy,
            usage="[--turn N] [TEXT]", details=EDIT_DETAILS, aliases=("alter",), key="ctrl+l"),
    Command("action", "Change your last action, or that of turn N", _edit_action, no_action,
            usage="[--turn N] [WHAT]", details=ACTION_DETAILS, key="ctrl+t"),
    Command("memory", "What the story always remembers", _memory, usage="[TEXT]",
            aliases=("remember",), key="ctrl+g"),
    Command("forget", "Empty the memory", _forget),
    Command("note", "A note to the author on how to write; - empties it", _note,
            usage="[--depth N] [TEXT]", key="ctrl+n"),
    Command("lore", "Facts that the story recalls when a word is mentioned", lore_command,
            usage="[add|edit|import|…]", details=LORE_DETAILS, aliases=("cards", "world"),
            key="f4"),
    Command("summary", "What the story so far is to the model, once it no longer fits", summary,
            usage="[edit|pin|versions|off …]", details=SUMMARY_DETAILS),
    Command("state", "Where you are, what you carry, who is dead: confirmed by you", state_command,
            usage="[add|remove|line …]", details=STATE_DETAILS, aliases=("inventory",),
            key="f8"),
    Command("accept", "Confirm what was found in the story, all of it or number N", accept_command,
            no_suggestions, usage="[N]", key="f9"),
    Command("attributes", "What you are good at, and whether risky actions roll", dice.attributes,
            usage="[NAME N, risky on, …]", details=DICE_DETAILS, aliases=("dice",)),
    Command("title", "Name this adventure", _title, usage="[TITLE]"),
    Command("preset", "How boldly words are chosen; save NAME keeps your own", preset,
            usage="[NAME]"),
    Command("sampling", "How words are sampled, setting by setting", sampling,
            usage="[NAME VALUE]", aliases=("samplers",), key="f3"),
    Command("ban", "Words that no reply may say", ban, usage="PHRASE"),
    Command("unban", "Allow banned words again", unban, usage="PHRASE"),
    Command("banned", "All banned phrases", banned),
    Command("bias", "Make words likelier (2) or less likely (-2) in replies; all such words", bias,
            usage="[WORDS NUMBER|off]"),
    Command("length", "How long replies may get, in tokens", _length,
            usage="[TOKENS|default]"),
    Command("guidance", "How strongly replies follow what you do", guidance,
            usage="[off|NUMBER]"),
    Command("format", "How prompts are written: as the story, or as a chat", change_format,
            usage="[chat|completion|auto]"),
    Command("retrieval", "Whether earlier turns are quoted to the model", _retrieval,
            usage="[on|off]"),
    Command("scripts", "Python that changes actions, prompts and replies; its settings", scripts,
            usage="[on|off|trust|revoke|set …]", aliases=("hooks",)),
    Command("context", "What the model was told, and what it costs", _open(View.CONTEXT),
            key="f2"),
    Command("why", "Which model wrote the last reply, with which settings", why),
    Command("recap", "What happened before, in a few sentences", show_recap),
    Command("print", "The story so far", _open(View.STORY)),
    Command("saves", "Saved adventures; search them", _open(View.SAVES), busy, usage="[QUERY]",
            aliases=("search",), key="ctrl+o"),
    Command("load", "Play a saved adventure, by its title or its id", _open(View.LOAD), busy,
            usage="[TITLE|ID]"),
    Command("library", "Rename, tag, export or delete another adventure", library, busy,
            usage="[rename|tag|export|delete …]", details=LIBRARY_DETAILS),
    Command("open", "Open what the last search has found, on its turn and branch",
            _open(View.FOUND), busy, usage="N"),
    Command("sort", "Saved adventures by played, created, title or turns", sort, busy,
            usage="ORDER"),
    Command("tag", "Your own words for this adventure, with commas between; - removes them", tag,
            usage="[TAGS]"),
    Command("favourite", "Let lists show this adventure first, or no longer", favourite),
    Command("stats", "Turns, branches, words, deaths, and time played", stats),
    Command("export", "Write the adventure to a file, as Markdown, a web page, an e-book …", export,
            busy, usage="[FORMAT] [FILE]"),
    Command("import", "Import a story, a scenario or a pack, also of another program",
            _open(View.IMPORT), busy, usage="[FILE|URL]"),
    Command("new", "Begin another adventure", _open(View.NEW), busy, usage="[SCENARIO]",
            aliases=("restart", "reset")),
    Command("random", "Begin a random adventure", _open(View.RANDOM), busy),
    Command("model", "Choose the model", _model, busy, usage="[MODEL]"),
    Command("models", "Which models fit; test their speed, cancel a download", _models,
            usage="[test|cancel]"),
    Command("settings", "Colours, width, and all that holds for every adventure", settings,
            usage="[NAME [VALUE]]", aliases=("set", "options"), key="f7"),
    Command("speak", "Let replies be spoken; again speaks the last one", speak,
            usage="[on|off|again]", aliases=("speech",)),
    Command("theme", "Choose the colours", theme, usage="[NAME]", aliases=("themes",)),
    Command("tour", "How to play, in three steps", _open(View.TOUR)),
    Command("menu", "Back to the title", _open(View.TITLE), busy),
    Command("save", "Everything is saved as you play", _save),
    Command("quit", "Leave; the adventure waits for you", _quit, aliases=("q", "exit"),
            key="ctrl+q"),
)  # fmt: skip
"""All commands, in the order in which help lists them."""

LINE_WITHOUT_COMMAND = replace(
    next(command for command in COMMANDS if command.name == "do"), run=_act(Kind.DO)
)
"""What a line without a slash does in do mode: it is done, or said where it is plainly speech."""
