"""Every file format that Grue reads or writes."""

from dungeon.errors import InputRefused
from dungeon.text.error_words import did_you_mean, in_quotes
from dungeon.transfer import epub, grue_json, markdown, plain_text, silly_tavern_lorebook, web_page
from dungeon.transfer.advice import Advice
from dungeon.transfer.aetherroom import AETHERROOM
from dungeon.transfer.ai_dungeon import DUMP, EXPORT
from dungeon.transfer.aventuras import AVENTURAS
from dungeon.transfer.clover import AI_DUNGEON_2, CLOVER, PROMPT
from dungeon.transfer.formats import Document, Format
from dungeon.transfer.kobold import KOBOLD, KOBOLD_V2
from dungeon.transfer.lore_files import NOVELAI_LOREBOOK, STORY_CARDS, WORLD_INFO
from dungeon.transfer.novelai import SCENARIO, STORY
from dungeon.transfer.silly_tavern_card import CARD
from dungeon.transfer.silly_tavern_card_picture import CARD_PICTURE
from dungeon.transfer.silly_tavern_chat import CHAT
from dungeon.transfer.storybro import STORYBRO

FORMATS: tuple[Format, ...] = (
    grue_json.FORMAT,
    markdown.FORMAT,
    plain_text.FORMAT,
    KOBOLD,
    KOBOLD_V2,
    CHAT,
    CARD,
    CARD_PICTURE,
    AI_DUNGEON_2,
    CLOVER,
    PROMPT,
    DUMP,
    EXPORT,
    STORYBRO,
    AVENTURAS,
    AETHERROOM,
    SCENARIO,
    STORY,
    NOVELAI_LOREBOOK,
    STORY_CARDS,
    WORLD_INFO,
    silly_tavern_lorebook.FORMAT,
    web_page.FORMAT,
    epub.FORMAT,
)
"""In the order in which help names them; the first is the default of an export."""

READ = tuple(each for each in FORMATS if each.read)
WRITTEN = tuple(each for each in FORMATS if each.write)


def recognise(document: Document, advice: Advice) -> Format:
    """Return the format of a file by its content. Raises InputRefused where it is none of them."""
    for each in READ:
        if each.recognises and each.recognises(document):
            return each
    raise InputRefused(
        f"{document.name} is in none of the formats that Grue reads, so nothing was imported. "
        f"{advice.unknown}"
    )


def find(format_id: str, formats: tuple[Format, ...]) -> Format:
    """Return the format of that id. Raises InputRefused, naming all, where there is none."""
    found = next((each for each in formats if each.id == format_id.lower()), None)
    if found is None:
        ids = ", ".join(each.id for each in formats)
        raise InputRefused(
            f"There is no format {in_quotes(format_id)}."
            f"{did_you_mean(format_id, [each.id for each in formats])} Choose one of: {ids}."
        )
    return found
