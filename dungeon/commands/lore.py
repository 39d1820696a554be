"""`/lore`: list, add, change, remove, test, import and export the lore of the adventure."""

from collections.abc import Sequence

from dungeon import lore
from dungeon.commands.effects import Effect, Message, OpenView, View
from dungeon.commands.transfers import write_export
from dungeon.errors import InputRefused
from dungeon.lore import LoreEntry, editing
from dungeon.story import new_id
from dungeon.text import clean, clean_line, clean_path, safety
from dungeon.text.error_words import did_you_mean, in_quotes
from dungeon.threads import run_in_thread
from dungeon.turns.game import Game

ADD, EDIT, REMOVE, TEST = "add", "edit", "remove", "test"

HOW = (
    "Try /lore, /lore add KEYS: TEXT, /lore edit ENTRY, /lore remove ENTRY, /lore test TEXT, "
    "/lore import FILE or /lore export FILE."
)


_VERBS = ("add", "edit", "remove", "import", "export", "test")


async def lore_command(game: Game, argument: str) -> Effect:
    """Carry out what stands behind /lore. Raises InputRefused or NotSaved."""
    verb, _, rest = argument.partition(" ")
    rest = rest.strip()
    match verb.lower():
        case "":
            return OpenView(View.LORE)
        case "add":
            return await _add(game, rest)
        case "edit":
            return await _edit(game, rest)
        case "remove":
            return await remove(game, editing.find(entries(game), _needed(rest, "which entry")).id)
        case "import":
            from dungeon.commands import lore_import

            return Message(await lore_import.import_lore(game, _needed(rest, "which file")))
        case "export":
            from dungeon.transfer import silly_tavern_lorebook

            path = await run_in_thread(
                write_export, game.adventure, silly_tavern_lorebook.FORMAT, rest
            )
            return Message(f"Written to {clean_path(path)}, as a lorebook of SillyTavern.")
        case "test":
            return OpenView(View.LORE, f"{TEST} {_needed(rest, 'a text to test')}")
    raise InputRefused(f"/lore cannot {in_quotes(verb)}.{did_you_mean(verb, _VERBS)} {HOW}")


def entries(game: Game) -> Sequence[LoreEntry]:
    """Return the entries of the adventure. Raises InputRefused where they cannot be read."""
    return lore.load(game.adventure.lore)


def new_entry(keys: str) -> LoreEntry:
    """Return an entry without a text that has these keys, separated by commas."""
    parsed = editing.parse_keys(keys)
    return LoreEntry(new_id(), parsed[0] if parsed else "", "", parsed)


async def save(game: Game, entry: LoreEntry) -> Effect:
    """Save a new or a changed entry. Raises InputRefused or NotSaved."""
    for text in (entry.title, entry.content):
        safety.refuse_forbidden(text)
    await game.revise(lore=lore.dump(editing.with_entry(entries(game), entry)))
    when = "in every prompt" if entry.always else f"when {_quoted(entry.keys)} is mentioned"
    return Message(f"The lore entry “{entry.title}” stands {when}.")


async def save_form(game: Game, entry: LoreEntry, form: str) -> Effect:
    """Save `entry` as the form says. Raises InputRefused or NotSaved."""
    return await save(game, editing.read_form(form, entry))


async def remove(game: Game, entry_id: str) -> Effect:
    """Remove an entry."""
    entry = editing.find(entries(game), entry_id)
    await game.revise(lore=lore.dump(each for each in entries(game) if each.id != entry.id))
    return Message(f"The lore entry “{entry.title}” is removed.")


async def _add(game: Game, argument: str) -> Effect:
    keys, colon, text = argument.partition(":")
    entry = new_entry(keys)
    if not colon or not text.strip():
        return OpenView(View.LORE, f"{ADD} {clean_line(keys)}".rstrip())
    return await save(game, editing.change_field(entry, editing.CONTENT, text))


async def _edit(game: Game, argument: str) -> Effect:
    """Open the form of an entry, or change the field that is named behind it."""
    head, colon, value = _needed(argument, "which entry").partition(":")
    if not colon:
        return OpenView(View.LORE, f"{EDIT} {editing.find(entries(game), head).id}")
    entry, name = editing.find_field(entries(game), head.strip())
    return await save(game, editing.change_field(entry, name, clean(value)))


def _needed(argument: str, what: str) -> str:
    if not argument:
        raise InputRefused(f"Say {what}. {HOW}")
    return argument


def _quoted(keys: Sequence[str]) -> str:
    shown = [f"“{key}”" for key in keys[:3]]
    return " or ".join(shown) + (" or another key" if len(keys) > len(shown) else "")
