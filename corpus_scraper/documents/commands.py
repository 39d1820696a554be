"""Decide whether a sentence of a link label is an action of the player, by its parts of speech.

`Spare him` is one, `Blood`, `Stairs to the attic` and `Dad talks about it` are none. An action is a
command, a movement without a verb (`Back to the road`), or what `I` or `you` do.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from corpus_scraper.documents.tagger import BASE, FINITE, split_words, tag, verb_odds
from dungeon.actions.verbs import (
    CONNECTIVES,
    DIRECTIONS,
    PHRASE_STARTS,
    QUESTION_WORDS,
    SUBJECTS,
    VERBS,
)

IsName = Callable[[str], bool]

NEVER = -6.0
"""Odds below which a word is no verb, whatever follows it."""

ALONE = -1.0
"""Least odds of a verb that stands alone: above are drink and kick, below study and phone."""

ALONE_OF_YOU = -1.9
"""Least odds of a verb behind `I` or `you`."""

BEFORE_NOUN = 1.0
"""Least odds of a verb before a bare noun: `pick lock`, but not `dance floor`."""

BEFORE_OBJECT = NEVER
"""Least odds of a verb before an article or a pronoun: hardly a noun can stand there."""

BEFORE_KNOWN_NAME = -3.5
"""Least odds of a verb before a name that the story's prose has: `contact Alex`."""

BEFORE_NAME = 0.0
"""The same of any other name: `believe Alex`, but not `Hope Street`."""

BEFORE_PARTICLE = -4.0
"""Least odds of a verb before a particle or an adverb: `tune out`, `sigh loudly`."""

BEFORE_PREPOSITION = {"at": -3.2, "to": -2.1, "into": -3.4, "for": -2.6, "on": -1.85}
"""Least odds of a verb before a preposition: `search for clues`, but not `ring on a finger`."""

BEFORE_ANY_PREPOSITION = -1.0
"""The same of the prepositions that are not listed: `hide under the bed`, but not `fire in it`."""

_OBJECTS = frozenset("AT0 DPS PNP PNX PNI DT0".split())
_NOUNS = frozenset("NN0 NN1 NN2 NP0 AJ0 AJC AJS CRD ORD UNC VVG VVN".split())
_NO_VERB = (
    SUBJECTS
    | QUESTION_WORDS
    | PHRASE_STARTS
    | frozenset(
        """
        about above after all alright although beneath beside by can cannot could damn dear either
        even fuck screw shit
        ever good had has if indeed like may maybe might more most much must near neither never no
        not of off oh ok okay other perhaps please probably quite rather really same shall should
        so still such sure than thanks though too very well were will would yes
        """.split()
    )
)
"""What no command begins with, though some are verbs elsewhere."""

_MOVEMENTS = frozenset(
    """
    to into toward towards through up down across onto away back upstairs downstairs forward
    forwards backward backwards north south east west northeast northwest southeast southwest out
    outside inside home
    """.split()
)
"""First words of a movement without a verb."""

_ALONE_MOVEMENTS = _MOVEMENTS - {"to", "into", "towards", "toward", "through", "across", "onto"}

_ALONE = frozenset(
    """
    attack charge fight panic pause rest retreat smile wave knock dodge flee dance embark wait sigh
    grin brush sleep drink
    """.split()
)
"""What players do without an object, though the tagger knows it as a noun as well."""

_FEELINGS = frozenset("dream fear hate hope love".split())
"""Verbs that alone are rather a noun."""

_BEFORE_BARE_NOUNS = frozenset(
    """
    attack buy cast check drop eat enter equip examine explore feed fight find follow get give go
    grab inspect investigate kill leave loot open read say search sell take talk tell unlock use
    wear climb insert scan
    """.split()
)
"""Verbs of terse commands: `search vehicle`, `use key`."""

_MOVERS = frozenset(
    """
    climb crawl dash dive drive fly go head jog jump leap march move race return run rush sail slip
    sneak sprint step swim travel turn walk wander
    """.split()
)
"""Verbs of movement, before a direction: `head home`, `step into the light`."""

_ARE = frozenset("act be feel go keep lie look play remain sound stand stay".split())
"""Verbs that an adjective follows: `act surprised`."""

_TRANSITIVE = frozenset("answer approach exit guide train visit".split())
"""Verbs that `to` does not follow: `visit to the doctor` is a noun."""

_ONLY_SEEN_AS_NOUNS = frozenset("haggle shrug stab".split())
"""Verbs that the tagger knows as nouns only."""

_SPEAKS_OF = frozenset("think dream speak beware dispose get hear approve make let".split())
"""Verbs that `of` follows."""

_STATES = frozenset(
    """
    am are is was were be been have has had can could will would shall should may might must do did
    does need want wants wanted like liked love loved hate hated know knew see saw hear heard feel
    felt think thought believe believed guess suppose supposed wish wished hope hoped remember
    remembered forget forgot recall recalled notice noticed realise realised realize realized
    understand understood wonder wondered seem seemed appear appeared become became own owned miss
    missed prefer preferred doubt doubted mean meant deserve dream dreamt dreamed recognise
    recognize recognised recognized find found lose lost fall fell die died live lived sense sensed
    smell wake woke end ended kind sort never always still only cannot
    """.split()
)
"""What `I` or `you` are, have, know or suffer: no action."""

_SENTENCE_SO_FAR = re.compile(r"[^.!?…:;\n\"“”]*$")
_REACH = 100
"""Characters before a label in the prose that are looked at."""

_BEFORE = 8
"""Words before a label in the prose that are tagged with it."""

_COMMA = re.compile(r",\s+")


@dataclass(frozen=True, slots=True)
class _Words:
    """A sentence as lower-case words with their tags."""

    words: list[str]
    tags: list[str]

    def word(self, at: int) -> str:
        return self.words[at] if at < len(self.words) else ""

    def tag(self, at: int) -> str:
        return self.tags[at] if at < len(self.tags) else ""

    def has_letters(self, at: int) -> bool:
        return any(map(str.isalpha, self.word(at)))


def is_action(sentence: str, is_name: IsName, *, phrases: int = 3) -> bool:
    """Return whether `sentence`, outside quotations, is an action of the player.

    `is_name` says whether the story's prose has a word as a name. At most `phrases` may lead up to
    the action: `with your sword, attack`.
    """
    if not sentence.strip():
        return False
    tagged = _tagged(sentence)
    at = _skip_adverbs(tagged)
    word, following = tagged.word(at), tagged.word(at + 1)
    if word in ("i", "you"):
        return not set(tagged.words[:at]) & CONNECTIVES and _acts(tagged, at + 1)
    if word == "let" and following in ("'s", "’s", "us"):
        return True
    if word == "do" and following in ("n't", "n’t", "not"):
        return tagged.word(at + 2) != "be" and _is_command(tagged, at + 2, is_name)
    if _is_command(tagged, at, is_name) or _moves(tagged, at):
        return True
    rest = _after_phrase(sentence, tagged.tag(at), word) if phrases else ""
    return bool(rest) and is_action(rest, is_name, phrases=phrases - 1)


def begins_with_command(sentence: str, is_name: IsName) -> bool:
    """Return whether the very first word of `sentence` is a command."""
    return bool(sentence.strip()) and _is_command(_tagged(sentence), 0, is_name)


def is_noun_in(prose: str, label: str) -> bool:
    """Return whether `prose` has `label` inside a sentence, and not as a verb: `a hammer`."""
    found = re.search(rf"(?<!\w){re.escape(label)}(?!\w)", prose, re.IGNORECASE)
    if found is None:
        return False
    before = _SENTENCE_SO_FAR.search(prose[max(found.start() - _REACH, 0) : found.start()])
    words = split_words(before[0])[-_BEFORE:] if before else []
    own = split_words(label.lower())
    return bool(words and own) and tag([*words, *own])[len(words)] not in BASE


def _tagged(sentence: str) -> _Words:
    tokens = split_words(sentence)
    # In small letters at its beginning: there a capital says nothing about the word.
    first = tokens[0] if tokens[0] == "I" else tokens[0].lower()
    return _Words([token.lower() for token in tokens], tag([first, *tokens[1:]]))


def _is_command(sentence: _Words, at: int, is_name: IsName) -> bool:
    """Return whether a command begins at the word `at`."""
    word = sentence.word(at)
    odds = 0.0 if word in _ONLY_SEEN_AS_NOUNS else verb_odds(word)
    if word in _NO_VERB or (odds < NEVER and word not in VERBS) or _has_subject(sentence, at):
        return False
    return odds > _least_odds(sentence, at, is_name)


def _least_odds(sentence: _Words, at: int, is_name: IsName) -> float:
    """Return above which odds the word at `at` is a command, by what follows it."""
    word, following, tag_ = sentence.word(at), sentence.word(at + 1), sentence.tag(at + 1)
    if word in _MOVERS and following in DIRECTIONS:
        return -inf
    if tag_ in ("PRF", "XX0", "POS"):
        return NEVER if tag_ == "PRF" and word in _SPEAKS_OF else inf
    if tag_ in ("AVP", "TO0", "PRP") or (tag_ == "AV0" and following.endswith("ly")):
        return _least_before_preposition(word, following, tag_)
    if following != "that" and (tag_ in _OBJECTS or following in SUBJECTS):
        return -inf if word in VERBS else BEFORE_OBJECT
    if is_name(following):
        return -inf if word in VERBS else BEFORE_KNOWN_NAME
    if tag_ in _NOUNS and sentence.has_letters(at + 1):
        return _least_before_noun(word, tag_)
    if word in _FEELINGS:
        return inf
    return -inf if word in _ALONE else ALONE


def _least_before_preposition(word: str, following: str, tag_: str) -> float:
    is_particle = following in ("over", "up", "down", "out", "off", "away", "back")
    if tag_ in ("AVP", "AV0") or (is_particle and word in VERBS):
        return BEFORE_PARTICLE
    if following == "to" and word in _TRANSITIVE:
        return inf
    return BEFORE_PREPOSITION.get(following, BEFORE_ANY_PREPOSITION)


def _least_before_noun(word: str, tag_: str) -> float:
    if word in _BEFORE_BARE_NOUNS or (word in _ARE and tag_ in ("AJ0", "VVN", "VVG")):
        return -inf
    return BEFORE_NAME if tag_ == "NP0" else BEFORE_NOUN


def _has_subject(sentence: _Words, at: int) -> bool:
    """Return whether the noun that may begin at `at` has a verb: `search parties are coming`."""
    end = at + 1
    while sentence.tag(end) in _NOUNS and sentence.has_letters(end):
        end += 1
    return sentence.tag(end) in FINITE and sentence.tag(end) not in BASE


def _skip_adverbs(sentence: _Words) -> int:
    """Return where the first word is that is no connective, adverb or mark."""
    at = 0
    while at + 1 < len(sentence.words) and (
        not sentence.has_letters(at)
        or sentence.word(at) in CONNECTIVES | {"just", "please", "maybe", "perhaps", "finally"}
        or (sentence.tag(at) == "AV0" and sentence.word(at) not in VERBS | DIRECTIONS | _NO_VERB)
    ):
        at += 1
    return at


def _acts(sentence: _Words, at: int) -> bool:
    """Return whether the verb of `I` or `you` at `at` is an action."""
    while sentence.tag(at) == "AV0" and sentence.word(at) not in _STATES:
        at += 1
    word, tag_ = sentence.word(at), sentence.tag(at)
    if word in ("'ll", "’ll", "will", "shall") and sentence.word(at - 1) == "i":
        return sentence.word(at + 1) not in ("not", "never", "be", "always")
    if word in _STATES or not sentence.has_letters(at) or word.startswith(("'", "’")):
        return False
    if sentence.word(at - 1) != "i" and tag_ in ("VVD", "VVN") and verb_odds(word) < ALONE_OF_YOU:
        return False  # you arrived: an author tells what has happened by then
    return tag_ in BASE | {"VVD", "VVN", "VVZ"} or verb_odds(word) > ALONE_OF_YOU or word in VERBS


def is_movement(sentence: str) -> bool:
    """Return whether `sentence` begins with a direction or a way, and has no verb."""
    return bool(sentence.strip()) and _moves(_tagged(sentence), 0)


def _moves(sentence: _Words, at: int) -> bool:
    """Return whether somebody goes somewhere: `back to the road`, `upstairs`."""
    word, following = sentence.word(at), sentence.word(at + 1)
    if word not in _MOVEMENTS:
        return False
    if not sentence.has_letters(at + 1):
        return word in _ALONE_MOVEMENTS and word != "back"
    if word in ("back", "out", "away"):
        return following in DIRECTIONS and sentence.word(at + 2) not in ("you", "me")
    is_place = sentence.tag(at + 1) in _OBJECTS | _NOUNS and following not in ("you", "me", "be")
    return is_place and (word != "to" or sentence.tag(at) != "TO0")


def _after_phrase(sentence: str, tag_: str, word: str) -> str:
    """Return what follows the phrase that `sentence` begins with, and its comma; else nothing."""
    if tag_ not in ("PRP", "CJS", "AVQ", "TO0") and word not in PHRASE_STARTS:
        return ""
    return "".join(_COMMA.split(sentence, maxsplit=1)[1:])
