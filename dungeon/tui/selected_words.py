"""Make a lore entry of the words that the player has selected in the story."""

from textual.screen import Screen

from dungeon.commands.lore import ADD
from dungeon.lore.entry import MAX_KEY
from dungeon.text import clean_line

_PUNCTUATION = " .,;:!?…'\"“”‘’()[]—–-"


def add_selected(screen: Screen[object], argument: str) -> str:
    """Return the argument of /lore that adds the words selected on `screen`, if there are any that
    can be a key, else `argument`. They are no longer selected afterwards.
    """
    if argument not in ("", ADD):
        return argument
    selected = clean_line(screen.get_selected_text() or "").replace(",", " ").strip(_PUNCTUATION)
    screen.clear_selection()
    is_key = len(selected) <= MAX_KEY and any(map(str.isalnum, selected))
    return f"{ADD} {selected}" if is_key else argument
