"""Tell from a reply whether it carries out what the player attempts with a thing.

A reply refutes an attempt more often than it says so with `not`: the key is bolted down, somebody
is faster, the fingers slip. Where a sentence about the thing says such a word, nothing is found.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from dungeon.state.clauses import reply_sentences
from dungeon.state.phrases import SentencePattern, any_of

_NEAR = 3
"""Sentences at the beginning of a reply that are about the action, whatever they mention."""

_NOT = (
    r"n['’]t\b|\b(?:not|never|no|nothing|nobody|none|neither|nor|cannot|cant|without|but|yet|"
    r"however|although|though|only|instead|almost|nearly|unless|if|try|tries|tried|trying|fails?|"
    r"failed|before you|until|gone|missing|empty|reach(?:es)? for|reaching for|would|could|should|"
    r"might|may|must)\b"
)
_DENIED = SentencePattern(_NOT)
_RESISTS = any_of(
    "stuck, sticks, stays, stay, bolted, nailed, screwed, chained, glued, welded, fixed",
    "fastened, frozen, rooted, jammed, locked, sealed, heavier, slips from, slips out, slips away",
    "slipped from, slipped out, slipped away, slips through, slips off, slides away, slid away",
    "breaks, broke, snaps, snapped, shatters, shattered, crumbles, crumbled, dissolves, melts",
    "melted, vanishes, vanished, disappears, disappeared, rolls away, rolled away, flies, falls",
    "fell, drops, dropped, refuses, resists, screams, belongs, too heavy, too hot, too far",
    "too high, too big, too large, too deep, held fast, goes off, budge, throws, throw, skates",
    "misses, remain, remains, escapes, jumps away, hold on to, holds on to, holding on to",
)
_RESISTING = SentencePattern(rf"\b{_RESISTS}\b")
_RESISTED = SentencePattern(rf"{_NOT}|\b{_RESISTS}\b")
"""In a sentence about the thing: it is not taken, or not for long."""

_HOLDS_BACK = any_of(
    "stop, block, catch, grab, seize, slap, pull, knock, push, shove, hold, bite, sting, swing",
    "drag, lift, yank, haul, carry, trip, throw",
)
_FINDS_NOTHING = any_of(
    "touch, brush, go, close on, slip, slide, find, meet, stop, get, pass, miss, graze"
)
_DOES_NOT = any_of("move, budge, come, give, let, yield, open, reach, turn, fit, work, help")
_PAST = "(?:e?s|e?d|[bgpt]ed)?"
_STOPPED = SentencePattern(
    r"\byou (?:can['’]?t|cannot|can not|could(?:n['’]t| not)|are unable|fail|miss|let go|give up|"
    r"are stopped|hesitate|decide not|stop yourself|try|tried)\b|"
    rf"\b(?:{_HOLDS_BACK}{_PAST}|caught|held|bit|stung|swung|threw) "
    r"(?:you\b|your (?:\w+ )?(?:hands?|wrists?|arms?|fingers?)\b)|"
    rf"\byour (?:\w+ )?(?:hands?|fingers?|nails) (?:\w+ )?{_FINDS_NOTHING}{_PAST}\b|"
    r"\b(?:closes?|closed|clamps?|shuts?) (?:\w+ )?(?:on|round|around|over) your\b|"
    r"\b(?:snatch|pull|jerk|whip|take)(?:s|es|ed)? (?:it|them|\w+ \w+) (?:away|back)\b|"
    rf"\b(?:(?:will|does|do|did|would) not|won['’]t|doesn['’]t|don['’]t|didn['’]t) {_DOES_NOT}\b|"
    r"\bthere (?:is|are|was) (?:no|nothing)\b|\bnothing happens\b|\btoo late\b|\bout of reach\b"
)
"""At the beginning of a reply: the player does not get what they want."""

_BARRED = SentencePattern(
    r"\b(?:locked|barred|bolted|blocked|(?:blocks?|bars?) (?:your|the) (?:way|path|door)|jammed|"
    r"stopped by|boarded up|bricked up|dead end|in (?:your|the) way|turn back|have to go back|"
    r"come back|pulls? you back|you stay|you (?:are|stand) still|you are back where|nowhere to go|"
    r"too (?:narrow|steep|high|small|deep)|slams shut)\b"
)
"""At the beginning of a reply: the player does not get away from where they are."""

_FAR = SentencePattern(
    r"\b(?:not|never|but|yet|however|until|almost|nearly|would|could|should|might|may|must|ahead|"
    r"far|away|distant|distance|past|toward|towards|gone|on the way|halfway|you (?:can )?see|"
    r"before you reach|doors? (?:is|are|stays?) (?:shut|closed))\b|n['’]t\b"
)
"""In a sentence about a place: the player is not there, or not yet."""

_BODY = any_of(
    "hand, hands, palm, palms, fist, fists, fingers, finger, arm, arms, grip, grasp, shoulder",
    "shoulders, neck, ear, chest, teeth, mouth, lap, back, waist, hip, wrist",
)
BAG = any_of(
    "pocket, pockets, bag, pack, backpack, belt, sack, satchel, pouch, coat, jacket, cloak, shirt",
    "boot, boots, shoe, shoes, basket, apron, purse, waistcoat, vest, knapsack, rucksack, sash",
    "toolbelt, sleeve, sleeves, cuff, hat, cap, tunic, robe, robes, trousers, girdle, wallet, case",
    "hem, stocking, sock, bundle, scabbard, sheath, holster, quiver, suitcase, briefcase, glove",
)
"""What the player wears or carries, and can put things into."""

_SACK = any_of("sack, bag, backpack, satchel, pouch, knapsack, rucksack, pack, pocket")
SACK = rf"the (?:[\w'-]+ )?{_SACK}\b(?! of\b)"
"""What is the player's own where it is not said whose it is."""

_INTO = any_of(
    "in, into, inside, under, behind, up, down, over, round, around, against, between, on, onto",
    "across",
)
_HAVE = any_of(
    "have, hold, carry, keep, put, tuck, slip, stow, pocket, fold, wrap, hide, hug, hang, drop",
    "pick, lift, pull, roll, turn, weigh",
)
_HELD = SentencePattern(
    rf"\b{_INTO} your (?:[\w'-]+ )?(?:{BAG}|{_BODY})\b|"
    rf"\byou (?:now )?{_HAVE} (?:it|them|both|everything)\b|"
    r"\b(?:is|are) yours\b|\byou come away with\b|\byou (?:are|were) (?:given|handed)\b|"
    r"\b(?:gives?|gave|hands?|handed|pass(?:es|ed)?|slip(?:s|ped)?|lends?|lent|toss(?:es|ed)?) "
    r"you\b|"
    rf"\b(?:put|slip|tuck|stuff|stow|drop|shove) (?:it|them|the \w+) (?:in|into|inside) {SACK}"
)
"""The player has the thing that the sentence is about."""

_FLIES = any_of(
    "hits, hit, misses, missed, lands, land, landed, flies, fly, flew, strikes, strike, struck",
    "clatters, sails, bounces, goes wide, falls short, goes over, goes past, falls into",
)
"""What a thing does that was thrown, and missed."""

_BROKEN = SentencePattern(
    r"\b(?:breaks?|broke|broken|shatter(?:s|ed)?|smash(?:es|ed)?|burst(?:s)?|crumbles?|crumbled|"
    r"pieces|splinters|shards|fragments|dust)\b"
)

_PRONOUN = SentencePattern(r"\W*(?:it|they)(?:['’]s|['’]re)?\b")
_OBJECT = SentencePattern(r"\b(?:it|them|both)\b")
_LIES = any_of(
    "is, are, lies, lie, hangs, hang, stands, stand, sits, sit, rests, rest, remains, goes, go"
)
_ELSEWHERE = (
    rf" (?:still )?{_LIES} (?:still |there |back )?"
    r"(?:in|on|under|behind|beside|by|at|above|over|from|to|near) (?!your\b)"
)
_HAS = (
    r"(?:['’]s|['’]ve| is| are)? (?:still |already )?"
    r"(?:has|have|got|holds?|holding|keeps?|keeping|wears?|wearing|clutch(?:es)?|clutching)\b"
)
_GOES_AWAY = (
    r" (?:goes|go|comes|flies|slides|rolls|falls|drops|runs|jumps) (?:right |straight )?"
    r"(?:off your (?:hand|fingers)|"
    r"(?:through|out|off|under|away|down|into|over) (?!your\b|of\b|with\b))"
)
_NOUN = "qqq"
"""Stands for the noun of the thing: one pattern will do for all, and to compile one takes 10 ms."""

_THEIR_ACT = any_of(
    "has, holds, keeps, takes, pulls, puts, snatches, picks, grabs, steals, hides, pockets"
)
_LET_GO = any_of("hang, tie, put, lay, set, leave, place, drop, throw, give, hand")
_SOMEWHERE = "(?:back )?(?:on|onto|in|into|inside|under|behind|beside|to|over|by|against) "
_ON_PLAYER = rf"your (?:[\w'-]+ )?(?:{BAG}|{_BODY})\b|the \w+ of your\b|{SACK}"
_BACK = any_of("back, away, aside, up again, in your, into your")
_GIVEN_BACK = SentencePattern(
    r"\b(?:gives?|gave|hands?|handed|push(?:es|ed)|throws?|threw|tosses|passes|sends?|puts?) "
    rf"(?:it|them|the \w+|your \w+) (?:right |straight )?{_BACK}\b|"
    r"\b(?:comes?|came|flies|bounces|rolls) (?:right |straight )?back (?:to you|into your)\b|"
    r"\byou (?:still )?(?:keep|catch|have|hold|pick up|hang on to|cling to) (?:it|them|hold|on)\b|"
    r"\byou (?:pick|gather|take) (?:it|them) (?:up|back)\b|"
    r"\bstill in your\b|\b(?:stuck|sticks) to your\b|\brefuses?\b|\bpushes your hand\b|"
    r"\bshakes (?:his|her|its|their) head\b|\byou (?:can['’]?t|cannot|could not) |"
    r"\b(?:won['’]t|will not|doesn['’]t|does not|don['’]t|do not) "
    r"(?:take|want|accept|touch|need|let go|leave|burn|break)\b"
)
"""The player still has what they gave, threw or put down."""


_THING = rf"(?:it|them|(?:the|a) (?:\w+ )?{_NOUN})"
_MOVED_AWAY = SentencePattern(
    rf"\b{_NOUN}(?:{_ELSEWHERE}|{_GOES_AWAY})|"
    rf"\b(?:he|she|they|the (?!{_NOUN})\w+){_HAS}|"
    rf"\b{_THEIR_ACT} {_THING}\b|"
    r"\b(?:you|and) (?:eat|chew|swallow|drink)\b|"
    rf"\b{_LET_GO} {_THING} {_SOMEWHERE}(?!{_ON_PLAYER})"
)
"""The thing is elsewhere or goes away, the player puts it down or eats it, or somebody has it."""

_FLEW = SentencePattern(rf"\b(?:it|they|the (?:\w+ )?{_NOUN}) (?:only |just )?{_FLIES}\b")


def is_held_back(reply: str) -> bool:
    """Return whether a reply keeps the player from going away."""
    near = _narrated(reply)[:_NEAR]
    return any(_STOPPED.is_in(sentence) or _BARRED.is_in(sentence) for sentence in near)


@lru_cache(maxsize=8)
def _narrated(reply: str) -> tuple[str, ...]:
    return tuple(sentence.text.strip() for sentence in reply_sentences(reply))


@lru_cache(maxsize=64)
def evidence_of(reply: str, noun: str) -> "Evidence":
    """Return a reply, read for what it says of a thing; it is asked several times."""
    return Evidence(reply, noun)


@dataclass(frozen=True)
class Evidence:
    """A reply, read for what it says of a thing."""

    reply: str
    noun: str

    def is_taken(self, *, is_known: bool) -> bool:
        """Return whether the player has the thing now; one of an unknown kind must be in hand."""
        near = self._sentences[:_NEAR]
        if not near or any(_STOPPED.is_in(sentence) for sentence in near):
            return False
        about = self._about
        if self._is_moved_away or any(map(_RESISTED.is_in, {*about, near[0]})):
            return False
        is_held = any(_HELD.is_in(each) for each in {*about, *filter(_OBJECT.is_in, near)})
        return is_held or (is_known and bool(about))

    def is_won(self) -> bool:
        """Return whether the player has a thing for which they have rolled and succeeded: the reply
        does not take it away again.
        """
        near = self._sentences[:_NEAR]
        return not (
            self._is_moved_away
            or any(map(_STOPPED.is_in, near))
            or any(map(_RESISTING.is_in, self._about))
        )

    def is_kept(self, *, is_known: bool) -> bool:
        """Return whether the player has what the reply says that they take."""
        about = self._about
        resisted = any(_RESISTED.is_in(each) or _STOPPED.is_in(each) for each in about)
        return (
            not resisted and not self._is_moved_away and (is_known or any(map(_HELD.is_in, about)))
        )

    def is_gone(self) -> bool:
        """Return whether the player no longer has the thing: nothing says that they have."""
        return not any(_GIVEN_BACK.is_in(sentence) for sentence in self._sentences[:_NEAR])

    def is_thrown(self) -> bool:
        """Return whether the player no longer has what they throw without success: it flies."""
        return self.is_gone() and any(map(_FLEW.is_in, map(self._marked, self._sentences[:1])))

    def is_broken(self) -> bool:
        """Return whether a thing breaks that the player wants to break."""
        about = self._about or self._sentences[:1]
        return any(_BROKEN.is_in(each) and not _DENIED.is_in(each) for each in about)

    def is_reached(self) -> bool:
        """Return whether the player gets to a place: it is mentioned, and nobody stops them."""
        mentioning = [sentence for sentence in self._sentences if self._mention.search(sentence)]
        is_far = any(_FAR.is_in(sentence) for sentence in mentioning)
        return bool(mentioning) and not is_far and not is_held_back(self.reply)

    @cached_property
    def _sentences(self) -> tuple[str, ...]:
        return _narrated(self.reply)

    @cached_property
    def _mention(self) -> re.Pattern[str]:
        stem = self.noun.removesuffix("s") if len(self.noun) > 3 else self.noun
        return re.compile(rf"\b{re.escape(stem)}(?:s|es)?\b", re.IGNORECASE)

    @cached_property
    def _about(self) -> list[str]:
        """The sentences that mention the thing, and those that go on with `It`."""
        return self._following(_PRONOUN.begins)

    def _following(self, goes_on_with: Callable[[str], bool]) -> list[str]:
        found: list[str] = []
        goes_on = True
        for sentence in self._sentences:
            goes_on = bool(self._mention.search(sentence)) or (goes_on and goes_on_with(sentence))
            if goes_on:
                found.append(sentence)
        return found

    @cached_property
    def _is_moved_away(self) -> bool:
        """Whether the thing is elsewhere, in a sentence with its name or with `it`."""
        sentences = self._following(_OBJECT.is_in)
        return any(map(_MOVED_AWAY.is_in, map(self._marked, sentences)))

    def _marked(self, sentence: str) -> str:
        """Return a sentence with `_NOUN` for the noun."""
        return re.sub(rf"\b{re.escape(self.noun)}", _NOUN, sentence, flags=re.IGNORECASE)
