"""Find the starts of sentences, in which a quotation and its attribution are one."""

import re

from dungeon.quotations import MASK

_GAP = re.compile(r"[\s_*(\[]*$")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_LINE_MARK = re.compile(r"(?:^|\n)[ \t]*[>*•#-]+[ \t]*$")
_CLOSING = "\"”’'»“)]_*"
_TELLS = re.compile(
    r"\s+(?:[a-z]+ly\s+|then\s+)?(?:said|say|ask|cr(?:y|ied)|shout|call|repl(?:y|ied)|answer|"
    r"whisper|mutter|murmur|mumble|exclaim|yell|scream|roar|bellow|gasp|groan|moan|sigh|sob|laugh|"
    r"demand|inquire|enquire|remark|observe|continue|beg[ai]n|add|return|respond|retort|protest|"
    r"repeat|insist|suggest|urge|beg|plead|warn|hiss|growl|snap|stammer|whimper|breathe|thought|"
    r"think|wonder|told|tell|announce|declare|explain|agree|admit|interrupt|interject|venture|"
    r"persist|conclude|went on|croak|grunt|pant|ejaculate|echo|hear|heard|spoke|spake|speak|hail|"
    r"halloo?|remonstrate|object|implore|put in|broke in|falter|manage)(?:s|d|ed|ped|ged)?\b"
)
"""What follows the speaker in `"Run!" I cried`, where `I drew my sword` would be a new sentence."""


def begins_sentence(text: str, narration: str, at: int) -> bool:
    """Return whether the word at `at` is the first of a sentence.

    `narration` is `text` with its quotations veiled.
    """
    start = max(0, at - 200)
    before = narration[start:at]
    gap = _GAP.search(before)
    head = before[: gap.start()] if gap else before
    if not head or _BLANK_LINE.search(before[len(head) :]) or _LINE_MARK.search(before):
        return True
    end = start + len(head)
    last = text[max(0, end - 8) : end].rstrip(_CLOSING)[-1:]
    if head[-1] == MASK and last and last in "!?…—–-":
        return not _TELLS.match(narration, at + 1)
    return bool(last) and last in ".!?…"
