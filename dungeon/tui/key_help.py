"""What every key does while playing, for the help: made from the bindings themselves."""

from collections.abc import Iterable, Iterator, Mapping

from textual.binding import Binding
from textual.dom import DOMNode

from dungeon.commands.table import COMMANDS
from dungeon.tui.key_bindings import label_keys
from dungeon.tui.key_check import bindings_of
from dungeon.tui.screens.story_screen import StoryScreen
from dungeon.tui.widgets.prompt_input import HANDLED_KEYS, PromptInput
from dungeon.tui.widgets.story_view import StoryView

Row = tuple[str, str]
"""Keys for reading, and what they do."""


def key_sections(
    app: type[DOMNode], own_keys: Mapping[str, str]
) -> Iterator[tuple[str, list[Row]]]:
    """Yield the keys of each part of the game with a heading; `own_keys` are the player's."""
    from dungeon.tui.screens.play import PlayScreen  # which opens the help

    handled = [(label_keys(",".join(keys)), what) for keys, what in HANDLED_KEYS.items()]
    yield "While you type", [*handled, *_rows(bindings_of(PromptInput), own_keys)]
    commands = {command.name for command in COMMANDS}  # the help has a table of them
    story = [*bindings_of(PlayScreen), *bindings_of(StoryScreen)]
    yield "The story", list(_rows((each for each in story if each.id not in commands), own_keys))
    yield "A turn that you have chosen", list(_rows(bindings_of(StoryView), own_keys))
    yield "Everywhere", [*_rows(bindings_of(app), own_keys), _MOUSE]


def screen_keys(screen: type[DOMNode], own_keys: Mapping[str, str]) -> list[Row]:
    """Return the keys of a screen, those of the classes that it is made from included."""
    ours = (part for part in screen.__mro__ if part.__module__.startswith("dungeon."))
    bindings = (each for part in ours for each in bindings_of(part))
    named = (each for each in bindings if each.description and each.id != "help")
    return list(_rows(named, own_keys))


_MOUSE = (
    "Mouse",
    "A click chooses, in the tree a double one; the wheel scrolls; Ctrl+C copies what is selected",
)


def _rows(bindings: Iterable[Binding], own_keys: Mapping[str, str]) -> Iterator[Row]:
    """Yield a row for all keys that do the same."""
    keys: dict[str, list[str]] = {}
    for binding in bindings:
        what = binding.tooltip or binding.description
        keys.setdefault(what, []).append(own_keys.get(binding.id or "", binding.key))
    return ((label_keys(",".join(each)), what) for what, each in keys.items())
