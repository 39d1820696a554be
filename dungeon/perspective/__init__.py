"""Convert first person to second person outside quotations, and detect both.

`I take my sword` becomes `You take your sword`; quotations stay as they are. The plural (we, us,
our) stays too: companions remain companions. Used by the game for typed actions and by the corpus
for whole novels.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dungeon.perspective.agreement import verbs_of_i
from dungeon.perspective.pronouns import Case, first_person
from dungeon.text.quotations import MASK, mask_quotations, replace_quotations

__all__ = [
    "YOU",
    "PronounShares",
    "first_person",
    "is_first_person",
    "is_second_person",
    "pronoun_shares",
    "to_second_person",
]

_SECOND = {
    Case.SUBJECT: "you",
    Case.OBJECT: "you",
    Case.DETERMINER: "your",
    Case.POSSESSIVE: "yours",
    Case.REFLEXIVE: "yourself",
}
_WERE = {"am": "are", "was": "were"}

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
YOU = re.compile(r"\b(?:you|your|yours|yourself)(?:['’](?:re|ve|ll|d))?\b(?!['’]\w)", re.IGNORECASE)
"""The second-person pronouns."""


@dataclass(frozen=True, slots=True)
class PronounShares:
    """Shares of pronouns in the narration of a text, between 0 and 1."""

    first: float
    """The share of words outside quotations that are I, me, my, mine or myself."""
    second: float
    """The share of words outside quotations that are you, your, yours or yourself."""


def pronoun_shares(text: str) -> PronounShares:
    """Return the shares of first-person and second-person pronouns outside quotations."""
    narration = mask_quotations(text)
    words = len(_WORD.findall(narration))
    if not words:
        return PronounShares(0.0, 0.0)
    first = sum(1 for _ in first_person(narration))
    return PronounShares(first / words, len(YOU.findall(narration)) / words)


_NARRATED_YOU = re.compile(r"\byou(?:r|rs|rself)?\b", re.IGNORECASE)
_I = re.compile(r"(?<!\.)\b(?:I|[Mm]e|[Mm]y|[Mm]yself|[Ww]e|[Oo]ur|us)\b(?!\.)")  # not an initial
_NARRATOR = re.compile(r"\W*(?:I|We|My|Our)\b")
_QUOTES_A_TEXT = re.compile(r":\s")
"""A thought, a letter or a sign may say I: `You think: I must be mad.`"""


def is_second_person(opening: str) -> bool:
    """Return whether a story with this opening is in second person, without a first person."""
    narration = replace_quotations(opening, " ")
    return bool(_NARRATED_YOU.search(narration)) and not _I.search(narration)


def is_first_person(sentence: str) -> bool:
    """Return whether the narration of `sentence` is in first person and not about the player."""
    narration = replace_quotations(sentence, " ")
    if _QUOTES_A_TEXT.search(sentence) or not _I.search(narration):
        return False
    return bool(_NARRATOR.match(narration)) or not _NARRATED_YOU.search(narration)


def to_second_person(text: str) -> str:
    """Return `text` with its narrator addressed as you, verbs agreeing, quotations untouched.

    A text that is in the second person already comes back as it is.
    """
    parts: list[str] = []
    position = 0
    for start, end, words in sorted(_changes(text)):
        if start < position:
            continue
        parts += text[position:start], words
        position = end
    return "".join(parts) + text[position:]


Change = tuple[int, int, str]
"""The start and end of a replacement in the text, and the new words."""


def _changes(text: str) -> Iterator[Change]:
    narration = mask_quotations(text)
    subjects: set[int] = set()
    for match, case in first_person(narration):
        if case is Case.SUBJECT:
            subjects.add(match.start())
            if attribution := _attribution(narration, match):
                yield attribution
                continue
        yield _pair(text, narration, match) or (
            *match.span(),
            _pronoun(text, narration, match, case) + _joined(match["joined"]),
        )
    for verb in verbs_of_i(narration, subjects):
        yield *verb.span(), _conjugate(verb[0])


def _conjugate(verb: str) -> str:
    """Return `am`, `was` or `wasn't` in the second person, in the same capitals."""
    stem = verb[:2] if verb.lower() == "am" else verb[:3]
    return _match_capitals(stem, _WERE[stem.lower()]) + verb[len(stem) :]


def _joined(contraction: str) -> str:
    """Return the contracted verb after I (`'m`, `'ll`) in its form after you."""
    return contraction.replace("m", "re").replace("M", "RE")


def _pronoun(text: str, narration: str, match: re.Match[str], case: Case) -> str:
    word = _SECOND[case]
    if case is not Case.SUBJECT:
        return _match_capitals(match["word"], word)
    if _is_shouted(narration, match):
        return word.upper()
    return word.capitalize() if _begins_sentence(text, narration, match.start()) else word


def _match_capitals(model: str, word: str) -> str:
    """Return `word` in the capitals of `model`."""
    if model.isupper() and len(model) > 1:
        return word.upper()
    return word.capitalize() if model[0].isupper() else word


_NEXT = re.compile(r"\s+([^\W\d_]+)")
_LAST = re.compile(r"([^\W\d_]+),?\s+$")


def _is_shouted(narration: str, match: re.Match[str]) -> bool:
    """Return whether an I, which has no small form to go by, stands among capitals."""
    if match["joined"]:
        return match["joined"].isupper()
    neighbour = _NEXT.match(narration, match.end()) or _LAST.search(
        narration, max(0, match.start() - 30), match.start()
    )
    return neighbour is not None and len(neighbour[1]) > 1 and neighbour[1].isupper()


# Where a sentence begins.

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


def _begins_sentence(text: str, narration: str, at: int) -> bool:
    """Return whether the word at `at` is the first of a sentence.

    A quotation and its attribution are one sentence. `narration` is `text` with its quotations
    masked.
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


# Who speaks: `"Run!" said I` is old, `said you` was never said.

_ATTRIBUTION = re.compile(
    rf"(?<={MASK})\s+(?P<verb>(?:sa(?:id|ys)|cried|thought|thinks|asked|answered|replied|"
    r"shouted|exclaimed|whispered|returned|repeated|called|muttered|murmured|continued|added)) $"
)


def _attribution(narration: str, match: re.Match[str]) -> Change | None:
    """Return `said I` after a quotation as `you said`, or None where `I` stands otherwise."""
    verb_before = _ATTRIBUTION.search(narration, max(0, match.start() - 20), match.start())
    if verb_before is None or match["joined"]:
        return None
    verb = verb_before["verb"]
    if verb.endswith("s"):
        verb = verb[:-1]
    return verb_before.start("verb"), match.end(), f"you {verb}"


# You and I: two people, who are not to become `you and you`.

_YOU_AND = re.compile(r"(?P<lead>^|[^\w\s]|\b\w+)\s*\b(?P<you>[Yy]ou) and $")
_BEFORE_SUBJECT = re.compile(
    r"that|if|when|where|as|than|while|because|but|so|then|whether|between|what|how|till|until"
)


def _pair(text: str, narration: str, match: re.Match[str]) -> Change | None:
    """Return `you and I` as `the two of you`, or None where `you` belongs to what went before.

    In `I thank you and I go` it does.
    """
    if match["word"] not in {"I", "i", "me"} or match["joined"]:
        return None
    pair = _YOU_AND.search(narration, max(0, match.start() - 40), match.start())
    if pair is None:
        return None
    lead = pair["lead"].lower()
    if lead[:1].isalpha() and match["word"] != "me" and not _BEFORE_SUBJECT.fullmatch(lead):
        return None
    the = "The" if pair["you"][0] == "Y" else "the"
    return pair.start("you"), match.end(), f"{the} two of you"
