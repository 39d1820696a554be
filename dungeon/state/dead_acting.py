"""Tell whether a sentence lets somebody speak or act who is dead.

Few are found, so that those are right: in present tense, where a main clause has the dead as its
subject and a verb of the living behind it, or where a quotation is theirs. A name in another form,
`the guard at the gate`, `the guard's ghost`, is somebody else's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dungeon.state.acts import ACTS, CREATURE_ACTS, SPEAKS
from dungeon.state.dead_names import WHO, described, mark, may_mention
from dungeon.state.dead_pronouns import Reference, references
from dungeon.state.namesakes import tells_another
from dungeon.state.phrases import SentencePattern
from dungeon.text.quotations import MASK, mask_quotations, quoted_texts
from dungeon.text.sentences import split_sentences

DEAD_PRONOUNS = ("he", "she")
"""May stand among the names of the dead, where nobody else in the story can be meant."""

_ADVERBS = "(?: (?:then|now|just|only|also|still|again|once more|at once|at last|[a-z]+ly))*"
_START = (
    r"(?:^\W*(?:(?:then|and|but|now|so|suddenly|slowly|at once|at last|finally|again),? )*|"
    rf"{MASK}\s*|[,;:—–]\s*(?:(?:and|then|but|so) )*|\s(?:and|then|so) (?:then )?)"
)
"""What stands before the subject of a main clause."""

_NOTHING = r"\b(?! (?:nothing|not|no|never|nobody|neither|little)\b)"
_SPEAKER_ENDS = r"(?=\s*(?:[.,;:!—–…]|$|and\b|as\b|to you\b|[a-z]+ly\b))"
_ACTING = SentencePattern(
    rf"{_START}{WHO}{_ADVERBS} {ACTS}{_NOTHING}|{MASK}\s*{SPEAKS} {WHO}{_SPEAKER_ENDS}"
)
_FIRST = rf"(?:^\W*|{MASK}\s*){WHO}{_ADVERBS}"
_ACTING_FIRST = SentencePattern(
    rf"{_FIRST} {ACTS}{_NOTHING}|{MASK}\s*{SPEAKS} {WHO}{_SPEAKER_ENDS}"
)
_CREATURE_FIRST = SentencePattern(
    rf"{_FIRST} {CREATURE_ACTS}{_NOTHING}|{MASK}\s*{SPEAKS} {WHO}{_SPEAKER_ENDS}"
)
"""The same of a pronoun, which means somebody else in a later clause; and of `it`."""

_CONTRACTED = re.compile(rf"\b{WHO}['’]s\b")
_THIRD_PERSON = re.compile(r"\b(?:he|she|him|her|his|dead)\b", re.IGNORECASE)
"""In a quotation: somebody speaks of the dead."""

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
        if ELSEWHERE.is_in(f"{before} {masked}"):
            return False
        return any(_name_acts(name, masked, before) for name in self.people) or any(
            _pronoun_acts(each, masked, told) and (each.is_alone or not _speaks_of_dead(sentence))
            for each in references(self.people, self.names)
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
            or any(may_mention(name).match(start) for name in self.people)
            or _LAST_WORDS.search(start) is not None
        )


NOBODY = TheDead()

_LAST_WORDS = re.compile(r"(?:^|\W)(?:the|your|that|this)(?: [\w'’-]*)?$", re.IGNORECASE)
"""The end of an unfinished sentence, where a name may follow."""


def _name_acts(name: str, sentence: str, before: str) -> bool:
    marked = mark(name, sentence)
    if WHO not in marked or _UNSURE.is_in(marked) or not _ACTING.is_in(marked):
        return False
    return name[:1].isupper() or not tells_another(described(name), f"{before} {sentence}")


def _pronoun_acts(reference: Reference, sentence: str, told: Sequence[str]) -> bool:
    pronoun = rf"\b(?:{reference.words})\b(?! (?:who|with|at|in|on|by)\b)"
    marked = re.sub(pronoun, WHO, sentence, count=1, flags=re.IGNORECASE)
    marked = _CONTRACTED.sub(f"{WHO} is", marked)
    acting = _CREATURE_FIRST if reference.pronoun == "it" else _ACTING_FIRST
    is_acting = not _UNSURE.is_in(marked) and acting.is_in(marked)
    return is_acting and reference.is_theirs(told)


def _speaks_of_dead(sentence: str) -> bool:
    return any(map(_THIRD_PERSON.search, quoted_texts(sentence)))


def _has_whole_quotations(sentence: str) -> bool:
    """Return whether every quotation ends in the sentence in which it begins."""
    is_even = sentence.count('"') % 2 == 0
    return is_even and sentence.count("“") + sentence.count("„") == sentence.count("”")
