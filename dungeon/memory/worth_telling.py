"""Weigh by rules how much a sentence tells of what has happened in a story, for English.

Worth telling is what changes the story: somebody dies, comes in or is named; something is found,
given, lost or broken; the player gets somewhere, or an attempt turns out; somebody promises,
threatens or asks for something. That the player looks around or waits, what the air is like, and
the player's own action told once more is not.
"""

import re
from functools import lru_cache

from dungeon.dice import outcome_of, tried_sentence, without_roll
from dungeon.memory.retrieval import STOP_WORDS
from dungeon.text.quotations import mask_quotations

_MOST = 5.0
"""The most that a sentence may have of what happens in it: long ones have a little of all."""

_A = r"(?:an?|another|two|three|four|five|six|several|some)"
_THING = rf"(?:{_A}|the|your|his|her|its|their|it|him|them|this|that|all|both)"
_NOW = r"(?:now |then |also |just |quickly |slowly |finally |only )?"

_EVENTS: tuple[tuple[float, re.Pattern[str]], ...] = tuple(
    (weight, re.compile(rf"(?:{words})", re.IGNORECASE))
    for weight, words in (
        # Somebody dies.
        (3.0, r"\b(?:(?:is|are|was|were|lies?|lay|falls?|fell|drops?|dropped|shot) (?:down |now )?"
              r"dead|die[sd]?|kill(?:s|ed)?|slays?|slain|drown(?:s|ed)?|murder(?:s|ed)|hanged"
              r"|behead(?:s|ed)?|cuts? off|perish(?:es|ed)?|buried|does(?: not|n['’]t) get up)\b"),
        # Something is gained.
        (2.5, rf"\byou {_NOW}(?:take|get|find|buy|steal|win|catch|receive|pocket|grab|snatch|seize"
              rf"|keep|fetch|earn|now have|took|found|bought|stole|won|caught) {_THING}\b"
              rf"|\byou {_NOW}(?:pick(?:ed)?|pull(?:ed)?|dig|dug) (?:up|out) {_THING}\b"
              r"|\b(?:gives?|gave|hands?|handed|lends?|lent|sells?|sold|pays?|paid|throws?"
              r"|pass(?:es)?|offers?) (?:you|him|her|them|it)\b|\bis yours\b|\byou are given\b"
              r"|\b(?:in|into|on|onto|under|to|at) your (?:\w+ )?(?:pockets?|pack|bag|belt|boots?"
              r"|coat|sack|sleeve|satchel|purse|basket|neck)\b"),
        # Something is lost, or comes to an end.
        (2.2, rf"\byou {_NOW}(?:lose|lost|drop|dropped|give|gave|hand|sell|sold|pay|paid|throw"
              rf"|threw|hide|hid|burn|smash|eat|drink|light|lit) (?:away |back )?{_THING}\b"
              r"|\b(?:takes?|took|grabs?|snatch(?:es|ed)?|steals?|stole) (?:away )?your?\b"
              r"|\b(?:is|are) gone\b|\b(?:vanish|disappear)(?:es|s|ed)?\b"
              r"|\b(?:breaks?|broke|bursts?|snaps?|cracks?|burns?|burned|explodes?|collapses?"
              r"|sinks?|sank|melts?|shatters?|gives way|falls? apart|goes out|is broken)\b"),
        # Who the player is, as an opening says.
        (2.5, r"^\W*you are (?:(?-i:[A-Z])|(?:an?|the) (?!(?:little|bit|few|long|last)\b))"),
        # Somebody is named.
        (2.0, r"\b(?:is|are|was|am|['’]s) (?:called|named)\b|\bname(?:['’]s| is| was)\b"
              r"|\bcalls? \w+self\b"),
        # An attempt turns out, or somebody acts on the player.
        (1.8, r"\b(?:opens?|opened|unlock(?:s|ed)?|lock(?:s|ed)|barred|blocked|sealed|stuck|trapped"
              r"|comes? (?:off|loose|free)|is (?:open|free|safe|full)|falls? (?:down|off|over|in"
              r"|into|from|to|on)|runs? (?:away|off)|flees?|fled|escapes?|escaped|attacks?|attacked"
              r"|bites?|bit|hits?|stab(?:s|bed)?|strikes?|struck|shoots?|shot|wakes? up|wakes"
              r"|surrenders?|lets? (?:you|him|her|them|go)|follows? you|joins? you"
              r"|stops? (?:you|him|her|it|them)|turns? into|becomes?|jumps? (?:on|out|at|into|over)"
              r"|stands up|gets up|grabs?|pulls?|helps?|saves?|agrees?|refuses?|succeeds?|fails?"
              r"|works?)\b"),
        # Somebody or something new is there.
        (1.5, rf"\bthere (?:is|are|was|were) {_A}\b"
              rf"|\byou {_NOW}(?:see|find|meet|notice|discover|spot|hear|saw|met|heard) {_A}\b"
              rf"|^\W*{_A} [\w' ’-]{{2,40}}? (?:comes?|came|stands?|stood|sits?|sat|steps?|waits?|"
              r"appears?|enters?|lies|lay|runs?|walks?|looks?|hangs?|rises?|swims?|flies|is|are)\b"
              r"|\b(?:comes?|came) (?:in|out|up|down|back|to (?:you|the))\b"),
        # The player gets somewhere.
        (1.3, r"\byou (?:are (?:now )?(?:in|on|at|inside|outside|out|free|safe)|reach|arrive|enter"
              r"|leave|cross|climb|swim|escape|come (?:to|out|into|back)|step (?:into|out|onto)"
              r"|go (?:in|into|through|down|up|back|out)|fall|crossed|climbed|reached|entered)\b"),
        # What the player does to something.
        (1.0, rf"\byou {_NOW}(?:hit|stab|shoot|kick|punch|cut|tie|untie|free|save|close|bar"
              r"|push|build|mend|repair|fix|solve|put|pour|break|fill|hang|tell|pay|follow) "
              rf"{_THING}\b"),
        # Wounds.
        (1.3, r"\bwound(?:s|ed)?\b|\bbleed(?:s|ing)?\b|\bblood\b|\bpoison(?:ed)?\b|\blimps?\b"
              r"|\bhurts?\b|\b(?:arm|leg|hand|foot|head) is (?:broken|hurt|cut)\b"),
        # Who somebody is to whom.
        (0.8, r"\b(?:brother|sister|father|mother|son|daughter|husband|wife|uncle|aunt|friend|enemy"
              r"|trusts?|hates?|thanks?|marr(?:y|ies)|loves?|forgives?)\b"),
    )
)  # fmt: skip
"""What happens in narration, and how much it matters."""

_SAID: tuple[tuple[float, re.Pattern[str]], ...] = tuple(
    (weight, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for weight, words in (
        (1.5, r"promis(?:e|es|ed)|swears?|swore|sworn|owes?|bargain|must|(?:i|we)(?: will|['’]ll)"
              r"|reward|in exchange|let (?:me|us|him|her|them|you) (?:go|in|out|live)"),
        (1.2, r"(?:give|bring|show|help|tell) (?:me|us)|looking for|searching for|waits? for"
              r"|before (?:dawn|dusk|dark|noon|night|midnight|morning)|secret|password"
              r"|wants? (?:you|the|your|his|her|to)|the key|treasure"),
        (0.7, r"dead|killed|murdered|stole|stolen|is (?:in|under|behind|at|buried)|king|queen"),
    )
)  # fmt: skip
"""What somebody wants, threatens or knows; in a quotation as well."""

_IDLE = re.compile(
    r"^\W*you (?:look|listen|wait|stand|sit|rest|walk|watch|stare|think|wonder|nod|smile|shrug|"
    r"sigh|breathe|hold|continue|search|feel|smell|turn|go on|lie|sleep|count)\b",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"\b(?:nothing|nobody|no one|nowhere|no answer|silent|silence|quiet|not move)\b|^\W*You see no",
    re.IGNORECASE,
)
_IS_SO = re.compile(
    r"^\W*(?:it|this|that|everything|(?:the|your|his|her|its) [\w' ’-]+?) "
    r"(?:is|are|was|were|looks?|feels?|smells?|seems?|sounds?|tastes?) (?:[\w-]+ ){0,3}[\w-]+"
    r"(?: and (?:[\w-]+ )?[\w-]+)?\W*$",
    re.IGNORECASE,
)
_UNSURE = re.compile(
    r"\b(?:if|would|could|might|perhaps|maybe|seems?|as though|as if|almost)\b", re.IGNORECASE
)
_QUESTION = re.compile(r"\?[\"”’']?\W*$|\?[\"”]")

_NOT_DONE = frozenset(
    """
    almost can't cannot could couldn't didn't doesn't don't if isn't let may might must need never
    no nobody none nor not nothing shall should shouldn't try want wasn't will without won't would
    wouldn't
    """.split()
)
"""Words with which a sentence does not tell that an action was done, though it has its words."""

_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|him|her|his|its|them|their|this|that|these|those)\b", re.IGNORECASE
)
_NO_NAME = (
    r"(?:You|He|She|It|They|I|We|There|Then|Now|Suddenly|And|But|So|When|While|As|After|Before|At|"
    r"In|On|From|With|Behind|Under|Over|Near|Inside|Outside|Here|Again|Still|Soon|Slowly|Finally|"
    r"If|For|To|Not|No|Only|Even|Just|Yes|His|Her|Its|Their|This|That|These|Those)"
)
_SOMEBODY = re.compile(
    r"(?<![\w'’])(?:(?:[Tt]he|[Aa]n?|[Yy]our|[Aa]nother|[Ee]very|[Tt]wo|[Tt]hree|[Ff]our|[Ss]ome|"
    rf"[Tt]h(?:is|at|ese|ose)) [a-z]|(?!{_NO_NAME}\b)[A-ZÀ-ÖØ-Þ]\w+)"
)
"""Whom or what a pronoun may mean: a noun phrase or a name."""

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_INTRODUCED = re.compile(rf"\b{_A} ((?:[a-z-]+ ){{0,2}}[a-z-]+)", re.IGNORECASE)


def worth(sentence: str) -> float:
    """Return how much a sentence, or a few, tells of what happens; it may be less than nothing."""
    narrated = mask_quotations(sentence)
    happens = sum(value for value, pattern in _EVENTS if pattern.search(narrated))
    said = sum(value for value, pattern in _SAID if pattern.search(sentence))
    found = min(happens + said, _MOST)
    if not found and _IS_SO.match(narrated):
        found -= 1.0
    found -= 1.0 if _IDLE.match(narrated) else 0.0
    found -= 1.5 if _NOTHING.search(sentence) else 0.0
    found -= 1.5 if _QUESTION.search(sentence) else 0.0
    return found - (0.5 if _UNSURE.search(narrated) else 0.0)


def is_unclear(sentence: str) -> bool:
    """Return whether a sentence has a pronoun, and nothing before it that it may stand for, or is a
    quotation that does not say who speaks.
    """
    narrated = mask_quotations(sentence)
    if narrated != sentence and len(_WORD.findall(narrated)) < 2:  # `"Halt" and "Come"` as well
        return True
    pronoun = _PRONOUN.search(narrated)
    if pronoun is None:
        return False
    is_determiner = pronoun[0].lower() in ("this", "that", "these", "those") and pronoun.start() > 0
    return not is_determiner and _SOMEBODY.search(narrated[: pronoun.start()]) is None


@lru_cache(maxsize=4096)
def told_action(action: str) -> str:
    """Return the player's action as a sentence of the story; empty where it is none. What has
    failed was only tried.
    """
    outcome = outcome_of(action)
    if outcome is not None and not outcome.is_success:
        return tried_sentence(action)
    told = without_roll(action).strip()
    is_sentence = told.startswith("You ") and len(told) <= 120 and "\n" not in told
    if not is_sentence or '"' in told or "“" in told:
        return ""
    return told if told.endswith((".", "!")) else f"{told.rstrip('?… ')}."


def is_echo(sentence: str, action: str) -> bool:
    """Return whether a sentence tells the player's action, and nothing else: not that it was not
    done, or only tried.
    """
    return _repeats(sentence, action) and not _is_denied(sentence, action)


def is_refusal(sentence: str, action: str) -> bool:
    """Return whether a sentence tells that the player's action was not done, and nothing else."""
    return _repeats(sentence, action) and _is_denied(sentence, action)


def _repeats(sentence: str, action: str) -> bool:
    return sentence.startswith("You ") and content_words(sentence) <= content_words(action)


def _is_denied(sentence: str, action: str) -> bool:
    return not _NOT_DONE.isdisjoint(_words(sentence) - _words(action))


def _words(text: str) -> set[str]:
    return {word.lower().replace("’", "'") for word in _WORD.findall(text)}


def content_words(text: str) -> frozenset[str]:
    """Return the words of a text that say what it is about, in small letters."""
    return frozenset(_words(text) - STOP_WORDS)


def introduced_words(sentence: str) -> frozenset[str]:
    """Return the words of what a sentence brings in: `rat` and `brown` of `a brown rat`."""
    phrases = _INTRODUCED.findall(mask_quotations(sentence))
    return frozenset(word for phrase in phrases for word in content_words(phrase))
