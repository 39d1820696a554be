"""The content rule: no sexual content that involves minors, in input or output.

The rule is always on. A text breaks it only where an explicitly sexual word and a word or an age
that means a minor stand within three sentences of one another. It reads whole words, after undoing
look-alike letters, hidden characters, spaced-out letters and digits in the place of letters.
This is a net, not a guarantee: it knows words, not meaning. It lets through what is said in other
words, and it stops an innocent text now and then. Knows nothing of models, stories or screens.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from dungeon.errors import InputRefused
from dungeon.text import clean

REFUSAL = "The story does not go there. Try something else."
"""Shown to the player instead of a text that breaks the rule."""

MAX_DISTANCE = 2
"""The maximum distance of the two words in sentences."""


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a text breaks the rule, for the exclusion log of a corpus."""

    sexual: str
    """The sexual word, normalised."""
    minor: str
    """The word or age that means a minor, normalised."""


def violates(text: str) -> bool:
    """Return whether `text` breaks the content rule."""
    return violation(text) is not None


def violation(text: str) -> Violation | None:
    """Return what in `text` breaks the content rule first, or None."""
    plain = _normalise(text)
    if not _SEXUAL.search(_undo_disguise(plain)):
        return None  # nearly every text, so nearly every text is judged quickly
    sexual: tuple[int, str] | None = None
    minor: tuple[int, str] | None = None
    for at, sentence in enumerate(_sentences(plain)):
        letters = _undo_disguise(sentence)
        if found := _SEXUAL.search(letters):
            sexual = at, found[0]
        if word := _minor(sentence, letters):
            minor = at, word
        if sexual and minor and abs(sexual[0] - minor[0]) <= MAX_DISTANCE:
            return Violation(sexual[1], minor[1])
    return None


# The words. Whole words only: an assassin is no sexual word, a childlike smile no minor.


def _any_of(*words: str) -> str:
    """Return a pattern that matches one of `words`, each a pattern, as whole words."""
    return rf"\b(?:{'|'.join(words)})(?!\w)"


_YOUNG_NOUN = r"(?:girls?|boys?|child|children|kids?|teen\w*|minors?)"

_SEXUAL = re.compile(
    _any_of(
        r"sexual(?:ly)?|orgasm(?:s|ed|ic)?|penis(?:es)?|vagina[sl]?|genital(?:s|ia)?|clit(?:oris)?",
        r"masturbat(?:e|es|ed|ing|ion)|(?:blow|hand) ?jobs?|cunnilingus|fellatio|dildos?",
        r"gangbangs?|porn\w*|erotic\w*|hentai|horny|cunts?|pussy|boners?|incest(?:uous)?|cumm(?:ed|ing)",
        r"rap(?:e|es|ed|ing)|molest(?:s|ed|ing)?|private parts|send(?:s|ing)? nudes",
        r"(?:ha(?:ve|s|d|ving)|want(?:s|ed|ing)?|enjoy(?:s|ed)?) sex",
        r"(?:oral|anal|rough|hot|group|during) sex|sex (?:with|acts?|toys?|slaves?|scenes?|tapes?)",
        r"fuck(?:s|ed|ing)? (?:her|him|them|each other|me harder)",
        rf"fuck(?:s|ed|ing)? (?:the|a|an|my|his|that|this) (?:\w+ )?{_YOUNG_NOUN}",
        r"(?:his|my|your|a|erect|hard|throbbing) (?:cock|dick) (?:in|inside|into|deep|out)",
        r"(?:erect|throbbing) (?:cock|dick|member|manhood)",
        r"suck(?:s|ed|ing)? (?:his|my|your) (?:cock|dick)",
        r"(?:came inside|cums? (?:in|on|inside)) (?:her|him|me|your|my|his)",
        r"ejaculat(?:e|es|ed|ing) (?:in|on|inside|into) (?:her|him|me|your|my|his)",
        r"(?:take|takes|took|lose|loses|lost) (?:her|his|my|your) virginity",
        r"(?:make|makes|made|making) love (?:to|with) (?:her|him|me|you|the|his|my)",
    )
)

_MINOR = re.compile(
    _any_of(
        r"(?<!with )(?<!love )(?<!inner )(?<!like a )(?<!as a )child(?:ren)?(?!['’]s play)|kids?",
        r"minors|a minor(?=\s+(?:who|is|was|and)\b|\s*(?:$|[^\w\s]))|toddlers?|infants?|newborns?",
        r"under-?aged?|under (?:18|eighteen)|adolescents?|juveniles?|(?:pre)?pubescent",
        r"(?:pre-?)?teens?|(?:pre-?)?teenagers?|teenaged?|jailbait",
        r"lolis?|lolicon|lolitas?|shotas?|shotacon",
        r"(?:little|small|young|wee) (?:girl|boy|sister|brother|daughter|son)s?",
        r"school[- ]?(?:girl|boy)s?|(?:middle|elementary|grade|primary|high)[- ]school(?:ers?)?",
        r"kindergart\w+|(?:first|second|third|fourth|fifth|sixth|seventh)[- ]grad(?:e|ers?)",
        r"(?:eighth|ninth|tenth)[- ]grad(?:e|ers?)",
    )
)
_ADULT = re.compile(r"\b(?:eighteen|nineteen|18|19)[- ]")
"""What makes a teenager grown."""

_NUMBER = (
    r"(?<![\w.,-])(?:1[0-7]|[0-9]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"thirteen|fourteen|fifteen|sixteen|seventeen)"
)
_PERSON = r"(?:she|he|i|you|girl|boy|daughter|son|sister|brother|niece|nephew)"
_BARELY = r"(?: (?:only|just|barely|about|almost|nearly|still|maybe))*"
_UNCOUNTED = r"(?=\s*(?:[.,;:!?)]|$|and\b|when\b|but\b))"
"""No noun after a number: `he is six`, but not `he is six feet tall`."""
_AGE = re.compile(
    rf"{_NUMBER}[- ]?(?:and a half[- ])?(?:years?|yrs?|months?)[- ]?olds?(?!\w)|"
    rf"{_NUMBER}[- ]?(?:y\.?/?o\.?|years? of age)(?!\w)|"
    rf"\b(?:aged?|age of|at age){_BARELY} {_NUMBER}(?!\w)|"
    rf"\b{_PERSON}(?:['’](?:s|m|re)| is| was| am| are| were| turns| turned|,)"
    rf"{_BARELY} {_NUMBER}(?!\w){_UNCOUNTED}"
)
"""An age below eighteen."""

_THING = _any_of(
    r"whisk(?:e?y|ies)|scotch|malt|bourbon|rum|brandy|wines?|port|ale|beer|mead|cheese|bread",
    r"bottles?|casks?|barrels?|vintages?|cars?|trucks?|ships?|boats?|computers?|laptops?|phones?",
    r"houses?|buildings?|towers?|castles?|bridges?|roads?|trees?|oaks?|forests?|tracks?|trails?",
    r"swords?|blades?|armou?r|books?|maps?|letters?|newspapers?|records?|cases?|corpses?",
    r"wars?|feuds?|peace|marriages?|compan(?:y|ies)|firms?|cit(?:y|ies)|towns?|countr(?:y|ies)",
    r"kingdoms?|mares?|horses?|dogs?|cats?",
)
_THING_BEFORE = re.compile(rf"{_THING}(?: \w+)?,? (?:is|was|are|were|aged?)(?: \w+){{0,2}} $")
_THING_AFTER = re.compile(rf"[- ](?:\w+[- ]){{0,2}}{_THING}")


def _minor(sentence: str, letters: str) -> str | None:
    """Return the first word or age in a sentence that means a minor; things have ages, too."""
    for word in _MINOR.finditer(letters):
        if not _ADULT.search(letters, max(0, word.start() - 20), word.start()):
            return word[0]
    for age in _AGE.finditer(sentence):
        before = sentence[max(0, age.start() - 60) : age.start()]
        if not (_THING_AFTER.match(sentence, age.end()) or _THING_BEFORE.search(before)):
            return age[0]
    return None


# Normalisation.

_ALIKE = {
    "a": "аαɑ", "b": "вьβ", "c": "сϲ", "d": "ԁđ", "e": "еєεё", "g": "ɡ", "h": "нһη", "i": "іιıї",
    "j": "ј", "k": "кκ", "l": "ӏℓł", "m": "мμ", "n": "пո", "o": "оοσø", "p": "рρ", "q": "ԛ",
    "r": "г", "s": "ѕ", "t": "тτ", "u": "υս", "v": "νѵ", "w": "ԝω", "x": "хχ", "y": "уγү",
}  # fmt: skip
_LOOK_ALIKES = {ord(alike): latin for latin, group in _ALIKE.items() for alike in group}
_PERHAPS_MARK = re.compile("[\u0300-\U0010ffff]")
_JOINER = re.compile("[\u200c\u200d\ufe00-\ufe0f]")
_SPACED = re.compile(r"(?<![^\W_])[a-z0-9@$!](?:[ .*_\-|]{1,2}[a-z0-9@$!]){2,}(?![^\W_])")
_LEET = str.maketrans("013457@$!|", "oieastasil")
_DISGUISED = re.compile(
    r"(?<![\w@$])(?=[a-z]*(?:[0-9@$]|[!|][a-z0-9@$]))(?=[0-9@$!|]*[a-z])"
    r"(?:[a-z0-9@$]|[!|](?=[a-z0-9@$]))+"
)
_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+|\n+")
_MAX_SENTENCE = 400
"""Characters after which a sentence without an end counts as several."""


def _normalise(text: str) -> str:
    """Return `text` in small Latin letters without marks, hidden characters or look-alikes."""
    decomposed = unicodedata.normalize("NFKD", clean(text).casefold())
    bare = _PERHAPS_MARK.sub(lambda c: "" if unicodedata.combining(c[0]) else c[0], decomposed)
    return _JOINER.sub("", bare).translate(_LOOK_ALIKES)


def _undo_disguise(sentence: str) -> str:
    """Return `sentence` with spaced-out words joined and digits read as letters."""
    joined = _SPACED.sub(lambda word: re.sub(r"[^a-z0-9@$!]", "", word[0]), sentence)
    return _DISGUISED.sub(lambda word: word[0].translate(_LEET), joined)


def _sentences(text: str) -> Iterator[str]:
    """Split without regard to quotations, unlike `sentences.py`: no text may hide in them."""
    for sentence in _END.split(text):
        for start in range(0, len(sentence), _MAX_SENTENCE):
            yield sentence[start : start + _MAX_SENTENCE]


def refuse_forbidden(text: str) -> None:
    """Raise InputRefused where `text` violates the content rule."""
    if violates(text):
        raise InputRefused(REFUSAL)
