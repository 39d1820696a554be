"""Replace a word in every reply, and count how often on this branch.

The count is kept with the turn that it belongs to: undo takes it back as well.
"""

import re

from dungeon.scripts import Keep, Script, Setting, TurnInfo


def on_output(reply: str, turn: TurnInfo) -> Keep | None:
    """Return the reply with the word replaced; None where it does not occur."""
    word, instead = str(turn.settings["word"]), str(turn.settings["instead"])

    def swap(found: re.Match[str]) -> str:
        return instead.capitalize() if found[0][0].isupper() else instead

    swapped, count = re.subn(rf"\b{re.escape(word)}\b", swap, reply, flags=re.IGNORECASE)
    if not count:
        return None
    return Keep({"swapped": turn.state.get("swapped", 0) + count}, swapped)


SCRIPT = Script(
    "Replaces a word in replies with another one.",
    on_output=on_output,
    settings=(
        Setting("word", "suddenly", "The word that replies should not have."),
        Setting("instead", "then", "What stands in its place."),
    ),
)
