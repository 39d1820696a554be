"""What to do about a file that is not read, in the words of who asked for it."""

from dataclasses import dataclass

from dungeon.text.encoding import RAISE_LIMIT


@dataclass(frozen=True, slots=True)
class Advice:
    """The last sentence of a refusal."""

    unknown: str
    """For a file in none of the formats."""
    too_large: str


COMMAND_LINE = Advice("To read it as prose all the same, say --format text.", RAISE_LIMIT)
"""For `grue saves import`."""

IN_GAME = Advice(
    "`grue saves import --format text FILE` reads it as prose all the same.",
    "`grue saves import --max-bytes N FILE` sets a higher limit.",
)
"""For `/import`, which has no options."""

LORE = Advice(
    "Lore is read of Grue, SillyTavern, NovelAI, AI Dungeon, KoboldAI and Aventuras.",
    "`grue saves import --into ID --max-bytes N FILE` sets a higher limit.",
)
"""For `/lore import`."""
