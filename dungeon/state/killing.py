"""Tell from a reply whether somebody dies at whom the player's action was aimed.

`He falls and does not move` counts behind an attack, `he is dead` behind a look as well. Where a
pronoun may mean somebody else by then, or whoever is dead goes on talking, nothing is found.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from dungeon.state.clauses import reply_sentences
from dungeon.state.mentions import PRONOUNS, mentions, pronouns_of
from dungeon.state.phrases import SentencePattern, any_of, head_noun, means_same
from dungeon.state.targets import Target
from dungeon.text.quotations import MASK

_HINT = SentencePattern(
    r"\b(?:dead|lifeless|die[sd]?|perish|expire|drown|bleed|bled|breath|kill|slay|slain|slew|behead|"
    r"murder|head|skull|heart|move|stir|get up|gets up|rise|still|motionless|stays down|corpse|"
    r"life|light|no more)"
)
"""Without one of these nobody dies."""

_UNREAL = SentencePattern(
    r"\b(?:if|unless|whether|would|could|should|might|may|must|as though|as if|perhaps|maybe|"
    r"almost|nearly|seems?|seemed|appears?|appeared|pretends?|plays? dead|thinks?|thought|"
    r"believes?|wish\w*|hop(?:e|es|ed|ing)|remember\w*|dream\w*|want\w*|wonder\w*|half|will|"
    r"won['’]t|left for|good as|what looks|looks? like|but|yet|though|although|except|asleep|"
    r"unconscious|stunned|knocked out|out cold|alive|(?:still|is|are) breathing|tries|try)\b|"
    r"['’]ll\b|\?"
)
"""In a sentence about a death: nobody dies, or nobody knows."""

_FALLS = any_of(
    "falls, fall, fell, drops, drop, dropped, collapses, collapse, collapsed, crumples, crumple",
    "crumpled, slumps, slump, slumped, sinks, sink, sank, topples, topple, toppled, goes down",
    "go down, went down, goes over, keels over, sits down, lies, lie, lands, land, pitches",
    "tumbles, tumble, rolls, roll, slides, slide, hits, hit, folds, fold, staggers, stagger",
    "drops down, comes down, sags",
)
"""How whoever is hit gets to the ground."""

_DIES = (
    r"(?:die[sd]?\b|perish(?:es|ed)?\b|expire[sd]?\b|drown(?:s|ed)?\b|bleeds? to death|"
    r"bled to death|(?:burns?|chokes?|freezes?) to death|breathes? (?:\w+ )last|"
    r"draws? (?:\w+ )last breath|stops? breathing|stopped breathing|(?:is|are) no longer breathing)"
    r"(?! (?:down|away|out|a little|laughing)\b)"
)
_NOT_DEAD = (
    r"(?![- ](?:tired|drunk|serious|set|wrong|right|ahead|calm|silent|quiet|sure|asleep|still|"
    r"weight|man|men|woman|eyes?|end|centre|center|to)\b)"
)
_STILL = (
    r"(?:do(?:es)?(?:n['’]t| not) (?:get up|rise)|"
    r"(?:never|no longer) (?:moves?|stirs?|gets? up|rises?|wakes?)|"
    r"do(?:es)?(?:n['’]t| not) (?:move|stir|breathe|wake) (?:again|any ?more)|moves? no more|"
    r"lies? (?:quite |very |perfectly |there )?(?:still|motionless)|stays? down)"
    r"(?! (?:to|toward|from|until|till|because|yet)\b)"
)
"""Whoever lies there does not move any more."""

_DOES_NOT_MOVE = (
    r"(?:do(?:es)?(?:n['’]t| not) (?:move|stir|breathe)|(?:is|are|goes|go) (?:still|motionless))"
    r"(?! (?:to|toward|from|until|till|because|away|out|a)\b)"
)
"""Whoever falls and does not move; standing, it may be courage."""

_ALIVE = any_of(
    "says, said, asks, asked, whispers, whispered, laughs, laughed, smiles, smiled, grins, gets up",
    "got up, stands, stood, sits up, rises, rose, runs, ran, walks, walked, comes, came, opens",
    "blinks, breathes, speaks, shouts, shouted, screams, screamed, moans, groans, nods, nodded",
    "shakes, turns, looks, looked, raises, lifts, grabs, takes, took, bites, hits, begins",
    "starts, stares, crawls, tries, reaches, holds, draws, swings, throws, jumps, wakes, goes on",
    "eats, gives, lets, pulls, pushes, attacks, strikes, sees, wants",
    "say, ask, laugh, get up, stand, run, look, take, scream, go on",
)
"""What nobody does who is dead."""

_LIVING = any_of(
    "alive, breathing, wounded, stunned, asleep, unconscious, sitting, standing, not dead, moving"
)
_GAP = rf"(?:(?!\b(?:you|your)\b)[^.;:!?{MASK}]){{0,100}}?"
_END = r"(?=\s*(?:[.,;:!—–]|$|and\b|with\b|at\b|in\b|on\b|before\b|where\b|instantly\b|outright\b))"
_KILLS = "(?:kill(?:s|ed)?|slays?|slew|slain|behead(?:s|ed)?|murder(?:s|ed)?)"
_NOT_CARRIED_OUT = (
    r"(?:n['’]t|\b(?:not|cannot|cant|never|nothing|nobody|no one|none|neither|nor|unable|fails?))\b"
)
"""In a sentence with the word `kill`, whose target lives: `You can't kill the guard`."""
_OBJECTS = {subject: pronoun for pronoun, subject in PRONOUNS.items()}
_OWNERS = {"he": "his", "she": "her", "it": "its", "they": "their"}
_START = re.compile(r"(?:then|and|now|so|at once|suddenly|behind \w+),? *", re.IGNORECASE)
"""What may stand before the subject of a sentence."""


def dies(reply: str, target: Target) -> bool:
    """Return whether the target of an action is dead after its reply."""
    return bool(target.name) and _HINT.is_in(reply) and _Reading(reply, target).is_dead


def lives_on(reply: str, name: str) -> bool:
    """Return whether somebody acts again behind the sentence of a reply that says they are dead."""
    target = Target(name, pronouns_of(name), is_attacked=False)
    return _Reading(reply, target).lives_on


def is_shown_alive(text: str, name: str) -> bool:
    """Return whether a text shows somebody alive under this name, even in a subordinate clause."""
    reading = _Reading(text, Target(name, frozenset(), is_attacked=False))
    return any(_shows_alive(sentence, words) for sentence, words in reading.sentences())


@dataclass(frozen=True, slots=True)
class _Words:
    """Patterns for the words that mean somebody in a sentence."""

    subject: str
    object: str
    owner: str
    """As in `his head`."""


@dataclass(frozen=True)
class _Reading:
    """A reply, read for what it says of one person."""

    reply: str
    target: Target

    @property
    def is_dead(self) -> bool:
        """Whether a sentence says so, and none behind it shows them alive."""
        is_dead = has_fallen = False
        for sentence, words in self.sentences():
            if is_dead and _shows_alive(sentence, words):
                return False
            is_dead = is_dead or self._tells_death(sentence, words, has_fallen=has_fallen)
            has_fallen = _is_in(rf"\b{words.subject}{_GAP}\b{_FALLS}\b", sentence)
        return is_dead

    @property
    def lives_on(self) -> bool:
        """Whether a sentence shows them alive behind the one that says they are dead."""
        is_dead = False
        for sentence, words in self.sentences():
            if is_dead and _shows_alive(sentence, words):
                return True
            is_dead = is_dead or (_HINT.is_in(sentence) and _is_in(rf"\b{self._named}", sentence))
        return False

    def sentences(self) -> Iterator[tuple[str, _Words]]:
        """Yield each sentence, with the words that mean the target in it."""
        is_meant = True
        for each in reply_sentences(self.reply):
            if each.whole:
                sentence = " ".join(each.text.split())
                is_meant = self._is_meant_in(sentence, before=is_meant)
                yield sentence, self._words(is_meant)

    @cached_property
    def _named(self) -> str:
        """A pattern for the target's name, or its noun."""
        name = self.target.name
        if name[:1].isupper():
            words = [name, *name.split()[-2:]]
            return rf"(?:{'|'.join(map(re.escape, words))})"
        return rf"(?:the|that|this) (?:\w+ ){{0,2}}?{re.escape(head_noun(name))}"

    def _words(self, is_meant: bool) -> _Words:
        pronouns = sorted(self.target.subjects) if is_meant else []
        several = ["both(?: of them)?", r"all (?:\w+ )?of them"] if "they" in pronouns else []
        return _Words(
            subject=_either([self._named, *pronouns, *several]),
            object=_either([self._named, *(_OBJECTS[each] for each in pronouns)]),
            owner=_either([rf"{self._named}['’]s?", *(_OWNERS[each] for each in pronouns)]),
        )

    def _is_meant_in(self, sentence: str, *, before: bool) -> bool:
        """Return whether a pronoun in a sentence means the target: its subject is nobody else."""
        start = _START.match(sentence)
        begins_at = start.end() if start else 0
        for each in mentions(sentence):
            is_other = not means_same(each.name, self.target.name)
            is_subject = each.at <= begins_at
            if is_other and is_subject and each.subjects & self.target.subjects:
                return False
        return before or _is_in(rf"\b{self._named}\b", sentence)

    def _tells_death(self, sentence: str, words: _Words, *, has_fallen: bool) -> bool:
        if not _HINT.is_in(sentence) or _UNREAL.is_in(sentence):
            return False
        patterns = list(_deaths(words))
        if self.target.is_attacked:
            patterns += _stillness(words, has_fallen=has_fallen)
        return any(_is_in(pattern, sentence) for pattern in patterns)


def _shows_alive(sentence: str, words: _Words) -> bool:
    acts = rf" (?:then |still |just )?{_ALIVE}"
    lives = rf"(?:['’](?:s|re)| is| are) (?:still |only |just )*{_LIVING}"
    return _is_in(rf"\b{words.subject}(?:{acts}|{lives})\b", sentence)


def _deaths(words: _Words) -> Iterator[str]:
    """Yield patterns for sentences that say that somebody is dead."""
    he, him, his = words.subject, words.object, words.owner
    yield (
        rf"\b{he}(?:['’](?:s|re)| is| are| was| were| lies?| lay)"
        r"(?: (?:now|already|quite|stone|certainly|long|very|as))* "
        rf"(?:dead|lifeless|killed|slain|no more)\b{_NOT_DEAD}"
    )
    yield rf"\b{he}{_GAP}\b{_FALLS}\b{_GAP}(?<!the )(?<!a )(?<!of )\bdead\b{_END}"
    yield rf"\b{he}{_GAP} (?:and|then) (?:is|are) dead\b{_NOT_DEAD}"
    yield rf"\b{he}(?:{_GAP} (?:and|then))? (?:then )?{_DIES}"
    yield rf"^(?!.*{_NOT_CARRIED_OUT}).*\b(?<!\bto ){_KILLS} {him}{_END}"
    yield (
        rf"\b{his} (?:\w+ )?(?:head|skull) (?:comes off|falls off|flies off|is cut off|"
        r"rolls (?:from|off|away|across|over|to|into)|leaves (?:his|her|its) shoulders)\b"
    )
    yield rf"\b{his} (?:heart (?:stops|gives out)|(?:dead|lifeless) (?:body|form)|corpse)\b"
    yield (
        r"\b(?:life|light) (?:goes|leaves|drains|fades|went) (?:out of |from )?"
        rf"{his} (?:eyes|face|body)\b"
    )


def _stillness(words: _Words, *, has_fallen: bool) -> Iterator[str]:
    """Yield patterns for sentences that say that somebody lies still."""
    yield rf"\b{words.subject}{_GAP}\b{_STILL}"
    falls = "" if has_fallen else rf"\b{_FALLS}\b{_GAP}"
    yield rf"\b{words.subject}{_GAP}{falls}\b{_DOES_NOT_MOVE}"


def _either(patterns: Iterable[str]) -> str:
    return f"(?:{'|'.join(patterns)})"


def _is_in(pattern: str, sentence: str) -> bool:
    return re.search(pattern, sentence, re.IGNORECASE) is not None
