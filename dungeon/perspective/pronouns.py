"""Find the pronouns with which a narrator refers to himself, and their case."""

import re
from collections.abc import Iterator
from enum import Enum


class Case(Enum):
    """What a first-person singular word does in its sentence."""

    SUBJECT = "I"
    OBJECT = "me"
    DETERMINER = "my"
    POSSESSIVE = "mine"
    REFLEXIVE = "myself"


_CANDIDATE = re.compile(
    r"(?<![^\W_])(?<![&/])(?<!\w['’])(?<![A-Z]\.)(?<![A-HJ-Za-hj-z0-9][-‐‑])"
    r"(?P<word>[Ii]|[Mm]e|ME|[Mm]y|MY|[Mm]ine|MINE|[Mm]yself|MYSELF)"
    r"(?P<joined>(?: ?['’](?:m|M|(?:ve|VE|ll|LL|d|D)(?:['’](?:ve|VE))?))?)(?![^\W_]|['’]\w|[&/]\w)"
)
_CASES = {
    "i": Case.SUBJECT,
    "me": Case.OBJECT,
    "my": Case.DETERMINER,
    "mine": Case.POSSESSIVE,
    "myself": Case.REFLEXIVE,
}
_BEFORE, _AFTER = 48, 32
"""Characters of context on either side: enough for a few words."""


def first_person(narration: str) -> Iterator[tuple[re.Match[str], Case]]:
    """Yield every first-person singular pronoun in `narration` with its case, in order.

    The match's groups are `word` and `joined`, a contracted verb as in `I'm`.
    """
    for match in _CANDIDATE.finditer(narration):
        case = _case(narration, match)
        if case is not None:
            yield match, case


def _case(text: str, match: re.Match[str]) -> Case | None:
    """Return the case of a candidate, or None where it is no pronoun."""
    case = _CASES[match["word"].lower()]
    before = text[max(0, match.start() - _BEFORE) : match.start()]
    after = text[match.end() : match.end() + _AFTER]
    match case:
        case Case.SUBJECT:
            named = not match["joined"] and _any_matches(_NO_PRONOUN_I, before, after)
            return None if named else case
        case _ if match["joined"]:
            return None
        case Case.DETERMINER if _EXCLAIMED.match(after):
            return None
        case Case.POSSESSIVE:
            return _case_of_mine(before.lower() if match["word"].isupper() else before, after)
        case Case.OBJECT if _SIGHED.search(before) and _EXCLAIMED.match(after):
            return None
        case _:
            return case


Surroundings = tuple[re.Pattern[str], re.Pattern[str]]
"""Patterns of the text before a word and of the text after it."""


def _any_matches(rules: tuple[Surroundings, ...], before: str, after: str) -> bool:
    return any(left.search(before) and right.match(after) for left, right in rules)


def _rule(before: str, after: str) -> Surroundings:
    return re.compile(before + "$" if before else ""), re.compile(after)


_NUMBERED = (
    "part|chapter|book|act|scene|volume|vol\\.|section|figure|fig\\.|table|appendix|canto|class|type|"
    "phase|stage|grade|article|plate|number|no\\.|form|level|title|world war|mark|model|apollo"
)
_NUMBERED_NAME = "|".join(word.capitalize() for word in _NUMBERED.split("|")) + "|World War"
_REGNAL = (
    "Henry|Charles|Elizabeth|George|William|James|Edward|Richard|Francis|Napoleon|Nicholas|Peter|"
    "Alexander|Paul|Pius|John|Frederick|Leopold|Otto|Philip|Louis|Ferdinand|Mary|Catherine|Victor|"
    "Wilhelm|Umberto|Ptolemy|Darius|Xerxes|Artaxerxes|Cyrus|Ramesses|Rameses|Seti|Constantine|"
    "Justinian|Theodosius|Rudolf|Maximilian|Joseph|Karl|Gustav|Christian|Haakon|Harald|Robert|"
    "Stephen|Malcolm|Kenneth|Duncan|Albert|Alfonso|Pedro|Leo|Gregory|Urban|Innocent|Clement|Boniface"
)
_ENDS = r"\s*(?:$|\n\s*\n|[.,;:!?)\]]|[-–—]\s*[IVX]|(?:of|and II|to I[IV]|or II|through)\b)"
_GOES_ON = r"\s+(?:is|was|has|had|in|ruled|reigned|died|who|began|begins|ended|ends)\b"
_FREE = "".join(
    rf"(?<!\b(?i:{word}) )" for word in ("with", "to", "for", "like", "as", "is", "that")
)
"""No word before a king's name that makes him another's company: with Henry I was happy."""

_NO_PRONOUN_I = (
    _rule("", r"\.\w|[-‐‑](?![Ii]\b)\w"),  # I.O.U., i.e., I-beam
    _rule(r"\b(?:[Cc]apital|[Aa]n?|[Tt]he|[Vv]itamin)\s+", ""),
    _rule(r"\b[Ll]etter\s+", rf"{_ENDS}|\s+(?:is|in|on|stands)\b"),
    _rule(r"[(\[]\s?", r"\s?[)\]]"),  # (i)
    _rule(r"(?:^|\n)[ \t]*", r"[.):]?[ \t]*(?:\n|$)|\)"),  # a heading
    _rule(r"(?:^|\n|[.!?]\s)\s*", r"\. ?(?:[A-Z]\.|[A-Z][a-z])"),  # I. Newton
    _rule(r"\b[A-HJ-Z]\.\s?", r"\."),  # J. I. Smith
    _rule(rf"\b(?:{_NUMBERED_NAME})\s+", f"{_ENDS}|{_GOES_ON}"),
    _rule(rf"(?:^|[.,;:(]|\b(?i:in|see|of|and|to|from|with)\b)\s*\b(?:{_NUMBERED})\s+", _ENDS),
    _rule(rf"\b(?:{_REGNAL})\s+", _ENDS),
    _rule(rf"{_FREE}\b(?:{_REGNAL})\s+", _GOES_ON),
    _rule(r"\b[A-Z][a-z]+\s+", r"\s+of\s+[A-Z]"),  # Zog I of Albania
)

_EXCLAIMED = re.compile(r"\s*(?:$|[!?.,;])|\s+(?:God|goodness|gosh)\s*[!,]")
"""After a `my` in an exclamation: oh my! My, my."""


_SIGHED = re.compile(r"\b(?:dear|ah|o|oh)\s+$", re.IGNORECASE)
"""Before a `me` in an exclamation: dear me!"""


# What follows and goes before `mine`.
_ARCHAIC = re.compile(
    r"\s+(?:[Oo]wn|elbows?|anger|heart|health|eyes?|ears?|host|enem(?:y|ies)|uncle|hour|honou?r|"
    r"arms?|armou?r|outward|inward|inner|ancient|age|art|office|oath|eager|empty|open|old|only)\b"
)
_HOLE = re.compile(
    r"[-‐‑]\w|\s+(?:\d|number|shafts?|carts?|cars?|entrances?|tunnels?|workers?|fields?|works|props?|"
    r"heads?|galler(?:y|ies)|owners?|managers?|captains?|foremen|foreman|sweepers?|layers?|town)\b"
)
_DUG = re.compile(r"\s+(?:the|a|an|for|some|more|this|that|gold|silver|iron|coal|ore|salt|gems?)\b")
_LINKS = (
    r"\b(?:of|in|on|into|onto|unto|upon|with|from|by|at|like|unlike|near|over|under|against|beside|beyond|"
    r"behind|above|below|between|after|before|for|about|around|through|past|than|as|but|not|never|"
    r"is|was|are|were|be|been|being|am|['’]s|became|become|becomes|remains?|remained|seem(?:s|ed)|"
    r"all|only|still|also|once|again|now|both|either|neither|nor|"
    r"took|takes?|taking|taken|h[eo]lds?|held|holding|had|has|have|having|lost|loses?|got|gets?|"
    r"g[ia]ves?|given|sees?|saw|seen|finds?|found|met|meets?|clasped|gripped|pressed|touched|"
    r"grasped|kept|keeps?|drew|draws?|raised|resembled|matched|answered|equal(?:led)?|ate|drank|"
    r"left|put)\s+"
)
_BE = (
    r"\s+(?:is|was|are|were|be|been|will|"
    r"would|had|has|have|did|does|do|could|can|might|may|shall)\b"
)
_MINE_IS_POSSESSIVE = (
    _rule(_LINKS, ""),
    _rule(
        r"(?:^|[.!?;:,—–(]|\n)[\s_*]*", rf"{_BE}|\s*[,;.]|\s+(?:and|or|nor|not|too|alone|also)\b"
    ),
    _rule(r"\b(?:to|and|or|that|if|while|when|whereas|because|so|then)\s+", rf"(?!{_DUG.pattern})"),
    _rule(r"\b(?:[Ii]|[Yy]ou|[Hh]e|[Ss]he|[Ww]e|[Tt]hey)\s+[a-z]+ed\s+", r"\s*(?:$|[.,;:!?])"),
)


def _case_of_mine(before: str, after: str) -> Case | None:
    if _ARCHAIC.match(after):
        return Case.DETERMINER
    if _HOLE.match(after) or not _any_matches(_MINE_IS_POSSESSIVE, before, after):
        return None
    return Case.POSSESSIVE
