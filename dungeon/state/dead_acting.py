"""Tell whether a sentence lets somebody speak or act who is dead.

Few are found, so that those are right: in present tense, where a main clause has the dead as its
subject and a verb of the living behind it, or where a quotation is theirs. A name in another form,
`the guard at the gate`, `the guard's ghost`, is somebody else's.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dungeon.dice import without_roll
from dungeon.state.acts import ACTS, SPEAKS
from dungeon.state.namesakes import others_in, tells_another
from dungeon.state.phrases import TITLE, SentencePattern, any_of, head_noun, key
from dungeon.text.quotations import MASK, mask_quotations
from dungeon.text.sentences import split_sentences

DEAD_PRONOUNS = ("he", "she")
"""May stand among the names of the dead, where nobody else in the story can be meant."""

_WHO = "qqq"
"""Stands for the dead in a sentence: one pattern does for all, and to compile one takes 10 ms."""

_ADVERBS = "(?: (?:then|now|just|only|also|still|again|once more|at once|at last|[a-z]+ly))*"
_START = (
    r"(?:^\W*(?:(?:then|and|but|now|so|suddenly|slowly|at once|at last|finally|again),? )*|"
    rf"{MASK}\s*|[,;:—–]\s*(?:(?:and|then|but|so) )*|\s(?:and|then|so) (?:then )?)"
)
"""What stands before the subject of a main clause."""

_NOTHING = r"\b(?! (?:nothing|not|no|never|nobody|neither|little)\b)"
_SPEAKER_ENDS = r"(?=\s*(?:[.,;:!—–…]|$|and\b|as\b|to you\b|[a-z]+ly\b))"
_ACTING = SentencePattern(
    rf"{_START}{_WHO}{_ADVERBS} {ACTS}{_NOTHING}|{MASK}\s*{SPEAKS} {_WHO}{_SPEAKER_ENDS}"
)
_ACTING_FIRST = SentencePattern(
    rf"(?:^\W*|{MASK}\s*){_WHO}{_ADVERBS} {ACTS}{_NOTHING}|{MASK}\s*{SPEAKS} {_WHO}{_SPEAKER_ENDS}"
)
"""The same of a pronoun, which means somebody else in a later clause."""

_UNSURE = SentencePattern(
    r"\?|\b(?:if|unless|whether|perhaps|maybe|(?<!at )once|every|always|often|usually|seems?|"
    r"appears?|as though|dead|dies|died|death|corpse|lifeless|last breath|"
    r"(?:his|her|its) last|as \w+ falls|alive|to life|ghosts?|grave|coffin|ashes|"
    r"empty|blank|blind|glassy|body|bones?|skull|secrets?|"
    r"letters?|notes?|journal|book|voice|radio|phone|telephone|loudspeaker|"
    r"(?<!opens his )(?<!opens her )(?<!opens its )(?<!opens one )eyes?)\b"
)
"""In a sentence: nothing happens now, the dead are called dead, or their body is described."""

ELSEWHERE = SentencePattern(
    r"\b(?:dream\w*|nightmares?|remember\w*|recall\w*|memory|memories|"
    r"think(?:s|ing)? (?:of|about|back)|imagin\w*|visions?|hallucinat\w*|trance|"
    r"portraits?|paint(?:ed|ing|ings)|photo\w*|pictures?|films?|recordings?|tapes?|diary|diaries|"
    r"mirrors?|ago|yesterday|back then|when (?:he|she|it) (?:was|lived)|"
    r"before (?:he|she|it) died|the story of|legend\w*|pretend\w*|plays? dead)\b"
)
"""Near a sentence: what it tells may not happen here and now."""


@dataclass(frozen=True, slots=True)
class TheDead:
    """Those who neither speak nor act in a reply."""

    names: tuple[str, ...] = ()
    """As a sentence has them; `he` or `she` as well, where only the dead can be meant."""

    @property
    def people(self) -> tuple[str, ...]:
        """The names without the pronouns."""
        return tuple(name for name in self.names if name not in DEAD_PRONOUNS)

    def act_in(self, sentence: str, told: Sequence[str] = ()) -> bool:
        """Return whether one of them speaks or acts in a sentence behind those that are `told`, the
        first of which is the player's action.
        """
        if not self.names or not _has_whole_quotations(sentence):
            return False
        masked = " ".join(mask_quotations(sentence).split())
        before = " ".join(told)
        if _UNSURE.is_in(masked) or ELSEWHERE.is_in(f"{before} {masked}"):
            return False
        return any(
            self._pronoun_acts(name, masked, told)
            if name in DEAD_PRONOUNS
            else _name_acts(name, masked, before)
            for name in self.names
        )

    def act_in_text(self, text: str, action: str = "") -> bool:
        """Return whether one of them speaks or acts in a whole reply to an action."""
        told = [action]
        for sentence in split_sentences(text) if self.names else ():
            if self.act_in(sentence.text, told):
                return True
            told.append(sentence.text)
        return False

    def may_act_in(self, start: str) -> bool:
        """Return whether one of them may speak or act in a sentence that starts like this."""
        if not self.names:
            return False
        return (
            MASK in mask_quotations(start)
            or any(_mention(name).match(start) for name in self.names)
            or _LAST_WORDS.search(start) is not None
        )

    def _pronoun_acts(self, pronoun: str, sentence: str, told: Sequence[str]) -> bool:
        """Return whether a pronoun acts that means one of them: the sentence before, or the
        player's action, is about them.
        """
        marked = re.sub(rf"\b{pronoun}\b", _WHO, sentence, flags=re.IGNORECASE)
        is_acting = _ACTING_FIRST.is_in(_CONTRACTED.sub(f"{_WHO} is", marked))
        return is_acting and self._is_about_dead(told)

    def _is_about_dead(self, told: Sequence[str]) -> bool:
        """Return whether the last sentence is about one of them, or goes on with a pronoun behind
        one that is.
        """
        if not told:
            return False
        *before, last = told
        last = without_roll(last) if not before else last
        if any(others_in(last, self.people)):
            return False
        marked = [_subject(name).sub(_WHO, last) for name in self.people]
        pronouns = [_FORMS_OF[name].sub(_WHO, last) for name in self.names if name in _FORMS_OF]
        if not before:
            return any(map(_ACTION_ON.match, (*marked, *pronouns)))
        goes_on = any(map(_BEGINS.match, pronouns)) and self._is_about_dead(before)
        return any(map(_BEGINS.match, marked)) or goes_on


NOBODY = TheDead()

_FORMS_OF = {
    "he": re.compile(r"\b(?:he|him|his)\b", re.IGNORECASE),
    "she": re.compile(r"\b(?:she|her)\b", re.IGNORECASE),
}
_CONTRACTED = re.compile(rf"\b{_WHO}['’]s\b")
_BEGINS = re.compile(rf"\W*{_WHO}\b")
_ACTION_ON = re.compile(
    rf"(?:[Yy]ou )?(?:(?!(?:him|her|them|about|of|for|without|past)\b)[a-z]+ ){{1,3}}{_WHO}"
    r"(?: (?:again|now|too|and|[a-z]+ly))*\W*$"
)
"""An action of which somebody is the only object: `You search the guard.`"""

_LAST_WORDS = re.compile(r"(?:^|\W)(?:the|your|that|this)(?: [\w'’-]*)?$", re.IGNORECASE)
"""The end of an unfinished sentence, where a name may follow."""


def _name_acts(name: str, sentence: str, before: str) -> bool:
    marked = _subject(name).sub(_WHO, sentence)
    if _WHO not in marked or not _ACTING.is_in(marked):
        return False
    return name[:1].isupper() or not tells_another(head_noun(name), f"{before} {sentence}")


@lru_cache(maxsize=256)
def _subject(name: str) -> re.Pattern[str]:
    """Return a pattern for whoever has this name, and not for what is theirs."""
    if name[:1].isupper():
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, _forms(name)))})\b(?!['’-])")
    *adjectives, noun = key(name).partition(" of ")[0].split()
    determiner = "(?:the|that|this|your)" if name.startswith("your ") else "(?:the|that|this)"
    words = "".join(rf"(?: {re.escape(word)})?" for word in adjectives)
    return re.compile(rf"\b{determiner}{words} {re.escape(noun)}\b(?!['’-])", re.IGNORECASE)


@lru_cache(maxsize=256)
def _mention(name: str) -> re.Pattern[str]:
    """Return a pattern for a word by which a sentence may be about somebody."""
    if name in DEAD_PRONOUNS:
        return re.compile(rf"\W*{name}\b", re.IGNORECASE)
    words = [head_noun(name)]
    if name[:1].isupper():
        words = [word for form in _forms(name) for word in form.split()]
    return re.compile(rf".*\b{any_of(*map(re.escape, words))}", re.IGNORECASE | re.DOTALL)


def _forms(name: str) -> Iterator[str]:
    """Yield the ways to name somebody: `Captain Hale` and `Hale`, `Mara Finch` and `Mara`."""
    yield name
    first, _, last = name.rpartition(" ")
    if first:
        yield last if re.fullmatch(TITLE, first) else first


def _has_whole_quotations(sentence: str) -> bool:
    """Return whether every quotation ends in the sentence in which it begins."""
    is_even = sentence.count('"') % 2 == 0
    return is_even and sentence.count("“") + sentence.count("„") == sentence.count("”")
