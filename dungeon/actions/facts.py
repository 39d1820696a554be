"""Put what a player writes of themselves into the person of the story: `My name is Ada.`

By sentences, so that one that quotes a text, or is in another language, stays as it is.
"""

import re
from collections.abc import Iterator

from dungeon.actions.languages import is_other_language
from dungeon.perspective import to_second_person
from dungeon.text.sentences import split_sentences

_QUOTES_A_TEXT = re.compile(r":\s")
"""A sign, a letter or a rule may say I: `The sign says: I am watching.`"""

_OTHER_ME = re.compile(r"\W*me\s+(?!and\b|or\b)", re.IGNORECASE)
"""No English sentence begins so, but Spanish and French ones do: `Me llamo Ada.`"""


def facts_to_second_person(text: str) -> str:
    """Return `text` with its narrator addressed as you: `Your name is Ada.`"""
    return "".join(_parts(text))


def _parts(text: str) -> Iterator[str]:
    position = 0
    for sentence in split_sentences(text):
        start = text.index(sentence.text, position)
        yield text[position:start]
        yield sentence.text if _stays(sentence.text) else to_second_person(sentence.text)
        position = start + len(sentence.text)
    yield text[position:]


def _stays(sentence: str) -> bool:
    return bool(
        _QUOTES_A_TEXT.search(sentence) or _OTHER_ME.match(sentence) or is_other_language(sentence)
    )
