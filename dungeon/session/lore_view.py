"""What both front ends say of lore entries: the list, the live test, and why one fired."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten

from dungeon.commands import lore as commands
from dungeon.lore import Activation, Fired, LoreEntry, LoreSelection, activate, editing, load_index
from dungeon.turns.game import Game

MAX_LISTED = 30
"""Entries of one kind that are listed; of the others the number is given."""


def entry_line(number: int, entry: LoreEntry, width: int = 100) -> str:
    """Return an entry on one line: its number, title, keys and text."""
    keys = "always on" if entry.always else ", ".join(entry.keys)
    off = "" if entry.enabled else " (switched off)"
    line = f"{entry.title}{off} [{keys}] {entry.content}"
    return f"{number:>3}  {shorten(line, width - 5, placeholder=' …')}"


def run_test(lore: str, text: str) -> Activation:
    """Return which entries fire on `text`, as on the first turn of a story."""
    return activate(load_index(lore), [text], last="in this text")


def activation_lines(activation: Activation) -> Iterator[str]:
    """Yield which entries fire, and why others do not."""
    if not activation.fired:
        yield "Nothing fires."
    yield from _listed(activation.fired, "fires")
    yield from _listed(activation.suppressed, "does not fire")


def selection_lines(selection: LoreSelection) -> Iterator[str]:
    """Yield why each entry stands in a prompt, and what was left out."""
    yield from _listed(selection.included, "is in the prompt")
    yield from _listed(selection.left_out, "is left out, since the budget for lore is used up")
    yield from _listed(selection.suppressed, "does not fire")
    if selection.error:
        yield f"The lore could not be read. {selection.error}"


def lore_text(game: Game, argument: str) -> str:
    """Return the list of the entries, or what is asked for, as line mode shows it."""
    verb, _, rest = argument.partition(" ")
    match verb:
        case commands.ADD:
            return (
                f"Say what is true of it: /lore add {rest or 'KEYS'}: TEXT. Several keys are "
                "separated by commas."
            )
        case commands.EDIT:
            return _form(editing.find(commands.entries(game), rest))
        case commands.TEST:
            return "\n".join(activation_lines(run_test(game.adventure.lore, rest)))
    entries = commands.entries(game)
    lines = [entry_line(number, entry) for number, entry in enumerate(entries, 1)]
    return "\n".join(
        [
            *(lines or ["There are no lore entries yet."]),
            "",
            "/lore add KEYS: TEXT adds one, /lore edit N shows one to change, /lore remove N",
            "removes it, /lore test TEXT says which ones fire on a text, and /lore import FILE",
            "adds those of another program.",
        ]
    )


def _form(entry: LoreEntry) -> str:
    return (
        f"{editing.write_form(entry)}\n\n"
        f"Change a field with /lore edit {entry.title} FIELD: VALUE; the text is the field "
        f"“{editing.CONTENT}”. More fields: {editing.MORE_FIELDS}."
    )


def _listed(found: Sequence[Fired], what: str) -> Iterable[str]:
    for one in found[:MAX_LISTED]:
        yield f"“{one.entry.title}” {what}: {one.reason}."
    if len(found) > MAX_LISTED:
        yield f"{len(found) - MAX_LISTED:,} more: {what}."
