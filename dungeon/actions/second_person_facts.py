"""Put what a player writes of themselves into the person of the story: `My name is Ada.`

By sentences, so that one that quotes a text, or is in another language, stays as it is.
"""

import re
from collections.abc import Iterator

from dungeon.actions.languages import is_other_language
from dungeon.perspective import to_second_person
from dungeon.text.sentences import split_sentences

_COLON = re.compile(r":\s")

_WORDS_OF_A_TEXT = re.compile(
    r"\b(?:say|said|think|thought|read|wr[io]te|written|ask|tell|told|shout|call|cr(?:y|ied)|sing|"
    r"whisper|repl(?:y|ied)|answer|swear|swore|sworn|vow|promise|oath|motto|rule|sign|letter|note|"
    r"diary|song|words?|prayer|spell)(?:s|ed|d|ing|ten)?\b",
    re.IGNORECASE,
)
"""A sign, a letter or a rule may say I: `The sign says: I am watching.`"""

_OTHER_ME = re.compile(r"\W*me\s+(?!and\b|or\b)", re.IGNORECASE)
"""No English sentence begins so, but Spanish and French ones do: `Me llamo Ada.`"""


def facts_to_second_person(text: str) -> str:
    """Return `text` with its narrator addressed as you: `Your name is Ada.`"""
    return "".join(_parts(text))


def kept_first_person(text: str) -> list[str]:
    """Return the sentences whose `I` stays since it may be that of somebody they quote."""
    return [
        sentence.text
        for sentence in split_sentences(text)
        if _may_quote(sentence.text)
        and not _is_foreign(sentence.text)
        and to_second_person(sentence.text) != sentence.text
    ]


def _parts(text: str) -> Iterator[str]:
    position = 0
    for sentence in split_sentences(text):
        start = text.index(sentence.text, position)
        yield text[position:start]
        yield sentence.text if _stays(sentence.text) else to_second_person(sentence.text)
        position = start + len(sentence.text)
    yield text[position:]


def _stays(sentence: str) -> bool:
    return _may_quote(sentence) or _is_foreign(sentence)


def _is_foreign(sentence: str) -> bool:
    return bool(_OTHER_ME.match(sentence)) or is_other_language(sentence)


def _may_quote(sentence: str) -> bool:
    """Return whether what follows a colon may be somebody else's words.

    It is the player's own in `My name is Ada: I am a thief.`
    """
    colon = _COLON.search(sentence)
    if colon is None:
        return False
    before = sentence[: colon.start()]
    return to_second_person(before) == before or bool(_WORDS_OF_A_TEXT.search(before))
