"""Filter sentences that do not belong in a reply.

Actions of the player, an assistant's remarks, layout and echoes are found, one sentence at a time.
The rules were drawn from what small instruct models write; a sentence that might belong to the
story is kept.
"""

import re
from enum import StrEnum

from dungeon.perspective import is_first_person
from dungeon.prose.restatement import Restatements
from dungeon.state.dead_acting import NOBODY, TheDead
from dungeon.text.phrases import NOTHING_BANNED, BannedPhrases
from dungeon.text.quotations import quoted_texts, replace_quotations
from dungeon.text.sentences import STOPS, split_sentences

LINE_START = 24
"""Characters at the start of a line in which debris is recognised."""

_NEAR = 240
"""Characters of an unfinished sentence in which speech of the player is searched for."""


class RejectReason(StrEnum):
    """Why a sentence is dropped, or why a reply should be generated again."""

    EMPTY = "empty"
    """Nothing of the story remains."""
    ECHO = "echo"
    """It repeats the player's action."""
    DEBRIS = "debris"
    """A heading, a list of choices, a label or a link: layout, not prose."""
    QUESTION = "question"
    """It asks what the player does, which the game itself asks."""
    ASSISTANT = "assistant"
    """The model talks about its task."""
    SPEAKS_FOR_PLAYER = "speaks_for_player"
    """It writes an action or speech of the player."""
    FIRST_PERSON = "first_person"
    """Its narrator says `I`, in a story in second person."""
    DEAD_ACT = "dead_act"
    """Somebody speaks or acts who is dead."""
    CONTRADICTS_ROLL = "contradicts_roll"
    """It tells a success where the roll has failed; found by the game, which knows the roll."""
    LOOP = "loop"
    """It repeats earlier text, or contains a banned phrase."""
    DOUBLED_WORD = "doubled_word"
    """It says a word twice in a row by mistake; found in a finished reply."""
    SAME_REPLY = "same_reply"
    """The action has that reply already, word for word; found by the game, which knows them."""
    FORBIDDEN = "forbidden"
    """It breaks the content rule; found by the game, which knows the rule."""


_DEBRIS = re.compile(
    r"""
    \#{1,6}\s | \#\d | ``` | ~~~ | <\|? | </
    | \[(?:/?inst|author|note|end|earlier|the\sstory\sso) | https?:// | www\.
    | (?:[-_=]\s?){3,} | (?:\*\s?){3,}                          # a rule across the page
    | \(?(?:[A-Z]|\d{1,2}|[ivx]{1,4})\)(?:\s|$)                 # A)  (1)  iv)
    | \d{1,2}[.:]\s | [•●▪]\s
    | (?:\*\*)?(?:option|choice|chapter|scene|part|act|episode|ending)\s
        (?:\d+|[ivx]+|[a-d]|one|two|three|four|five)\b\W*(?:[:.*–—-]|$)
    | (?:\*\*)?(?:title|note|author'?s?\snote|summary|disclaimer|instructions?|prompt|output
        |response|answer|question|example|objective|genre|setting|assistant|ai|system|narrator
        |dm|gm|game\smaster|dungeon\smaster|your\schoices|choices|options|[aq]
        |(?:translated|written|published|posted|edited)\s(?:by|on|in))\s?:
    | (?:the\send|to\sbe\scontinued|game\sover|end\sof\s(?:story|chapter|scene|part|act))\W*$
    | p\.\s?s\. | \d{4}-\d\d-\d\d | copyright\s | ©
    """,
    re.IGNORECASE | re.VERBOSE,
)

_PLAIN_START = re.compile(
    r"the\s[^\Wcde]|you\s[^\Wd]|to\s[^\Wb]"
    r"|(?!(?:the|you|to|it|so|now|and|then|well|but|ok|okay|option|choice|chapter|scene|part|act"
    r"|episode|ending|end|title|note|author|summary|disclaimer|instructions?|prompt|output|response"
    r"|answer|question|example|objective|genre|setting|assistant|ai|system|narrator|dm|gm|game"
    r"|dungeon|your|choices|options|p|copyright)\b)[a-z]+\s\w",
    re.IGNORECASE,
)
"""The start of a line that can be shown at once: neither debris nor a question begins so."""

_LEAD_IN = r"\W{0,3}(?:(?:so|now|and|then|well|but|ok|okay)\W{1,2})?"
_QUESTION = re.compile(
    _LEAD_IN
    + r"""(?:
    (?:what|how|where|which|who)\b[^"“”]{0,40}?\s(?:do|will|would|should|can|could)\s
        (?:you|they|he|she|we|i)\b[^"“”]{0,40}?\b(?:do|doing|respond|react|proceed|say|go|act|choose
        |answer|reply|continue|handle|decide|pick|take|tell|ask|try|look\slike)\b[^"“”]{0,60}
    | (?:what|how)\s(?:does|do)\s[^"“”]{1,40}\snext
    | (?:do|will|would)\syou\s[^"“”]{1,80}
    | what(?:\shappens|'s|\sis)\snext | (?:now\s)?what\snow
    )\?""",
    re.IGNORECASE | re.VERBOSE,
)
_YOUR_TURN = re.compile(
    _LEAD_IN + r"(?:the (?:choice|decision) is yours|what happens (?:next|now)"
    r"|it(?:'s| is) (?:your (?:turn|move|choice)"
    r"|up to you)|you decide|(?:choose|pick|select) (?:one|an option|your))\b.{0,40}",
    re.IGNORECASE,
)
_MAY_BE_QUESTION = re.compile(
    _LEAD_IN + r"(?:what|how|where|which|who|do|will|would|the (?:choice|decision)|it(?:'s| is) "
    r"(?:your|up)|you decide|choose|pick|select)\b",
    re.IGNORECASE,
)

_ASSISTANT = re.compile(
    r"""\W*(?:
    as\san\sai\b | i(?:'m|\sam)\s(?:just\s)?an?\s(?:ai|language\smodel)\b
    | i(?:'m|\sam)\ssorry,?\s(?:but\s)?(?:as\s|i\s(?:can't|cannot|can\snot|don't\shave|am\snot))
    | i\s?(?:can't|cannot|can\snot|'m\sunable\sto|\sam\sunable\sto|'m\snot\sable\sto)\s
        (?:assist|help\syou\swith|continue\s(?:this|the|with)|write|fulfil|provide|create|generate)
    | (?:sure|certainly|of\scourse|absolutely)[!,.]?\s(?:here\b|i\scan\b|i'd\s|i'll\s)
    | here(?:'s|\sis|\sare)\s(?:a|an|the|your|my|one|some)\s(?:\w+\s){0,2}
        (?:story|continuation|version|example|list|summary|response|scene|text|rewrite|outline)\b
    | let\sme\sknow\b | i\shope\s(?:this|that|you\s(?:enjoy|like|find))\b | feel\sfree\sto\b
    | please\s(?:provide|let\sme\sknow|note\sthat)\b | would\syou\slike\sme\sto\b
    | is\sthere\sanything\selse\b | (?:how|what)\scan\si\s(?:help|assist|do\sfor)\b
    | in\sthis\s(?:story|scenario|version|exercise|response)\b
    | the\s(?:key\sto\sthe\s)?(?:story|prompt|user)\s(?:is|lies|should|asks|wants|continues|ends
        |begins|concludes|follows|takes\splace)\b
    | this\sis\s(?:not\s)?(?:a|the|your)\s(?:\w+\s|end(?:ing)?\sof\s(?:the|this|your)\s)?story\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)

_PLAYERS_LINE = re.compile(r">|(?:\*\*)?(?:you|player|user|human)(?:\*\*)?\s?:", re.IGNORECASE)
_PLAIN_SPEAK = (
    r"(?:say|ask|reply|answer|shout|whisper|mutter|yell|exclaim|respond|murmur|scream|stammer)"
)
_SPEAK = (
    r"(?:say|ask|reply|answer|shout|whisper|mutter|yell|exclaim|respond|murmur|scream|stammer|tell"
    r"|call|cry|declare|announce|demand|growl|hiss|mumble|add|continue|begin|explain|insist|agree"
    r"|admit|greet|inquire|enquire|state|suggest|beg|plead|sigh|snap|groan|retort|warn|order"
    r"|command|speak|blurt|remark|introduce)"
)
_MANNER = r"(?:(?:\w+ly|then|just|only|simply|still|both)\s+)?"
_SOMEONE_ELSE = r"\b(?:hear|see|watch|notice|feel|let|make|find|who|that|which)\b"
_SPEECH = "«»"
"""Replaces a quotation while the text around it is matched."""
_YOU = (
    rf"(?:^[^\w«]*|[;,:—]\s+|{_SPEECH}\s+|\b(?:and|but|then|so|as|while)\s+)you\s+"
    rf"(?:(?:(?!{_SOMEONE_ELSE})[^,;:.!?«])" + r"{1,60}?,?\s+(?:and|then)\s+(?:then\s+)?)?"
)
_PLAYER_SPEAKS = re.compile(
    rf"{_YOU}{_MANNER}(?:"
    rf"{_PLAIN_SPEAK}(?:\s+(?:him|her|them|it|back|aloud|again|\w+ly|(?:to|at|in|with)\s"
    r"[^,:«]{1,30}))?\s*"
    rf"|{_SPEAK}\b[^.!?«]{{0,60}}[,:]\s*){_SPEECH}"
    rf"|{_SPEECH}\s+you\s+{_MANNER}{_SPEAK}\b",
    re.IGNORECASE,
)
_CURLY = str.maketrans("“”«»‘’", '""""\'\'')


class SentenceFilter:
    """Decides which sentences belong in the reply to one action."""

    def __init__(
        self,
        action: str = "",
        *,
        second_person: bool = False,
        banned: BannedPhrases = NOTHING_BANNED,
        dead: TheDead = NOBODY,
        beginning: str = "",
    ) -> None:
        """Take the action as the transcript holds it: `You open the door.`

        A reply has to begin with `beginning`, which may be the action itself. `second_person` means
        that the story is in second person and has to stay so. Sentences with a phrase that is
        `banned` are rejected: most engines have kept them out already. So are those in which the
        `dead` speak or act.
        """
        self._banned = banned
        self._dead = dead
        self._told = [action]
        self._restatements = Restatements()
        self._second_person = second_person
        said = {_normalise(s.text) for s in split_sentences(action)}
        self._action_sentences = frozenset(said - {"", _normalise(beginning)})
        self._said = " ".join(map(_pad_words, quoted_texts(action)))

    def keep(self, sentence: str) -> None:
        """Remember a sentence that the reply has kept: none after it says it again."""
        self._restatements.add(sentence)
        self._told.append(sentence)

    def reject_reason(
        self, text: str, *, opens_line: bool, opens_reply: bool
    ) -> RejectReason | None:
        """Return why the sentence `text` is rejected, or None where it belongs in the story."""
        if opens_reply and _normalise(text) in self._action_sentences:
            return RejectReason.ECHO
        if (opens_line and _PLAYERS_LINE.match(text)) or self._speaks_for_player(text):
            return RejectReason.SPEAKS_FOR_PLAYER
        if (opens_line and _DEBRIS.match(text[:LINE_START])) or (opens_reply and _is_heading(text)):
            return RejectReason.DEBRIS
        if _ASSISTANT.match(text):
            return RejectReason.ASSISTANT
        if _QUESTION.fullmatch(text) or _YOUR_TURN.fullmatch(text):
            return RejectReason.QUESTION
        if self._second_person and is_first_person(text):
            return RejectReason.FIRST_PERSON
        if self._dead.act_in(text, self._told):
            return RejectReason.DEAD_ACT
        has_banned = self._banned.scan(text, is_whole=True).phrase_start is not None
        is_loop = has_banned or self._restatements.restates(text)
        return RejectReason.LOOP if is_loop else None

    def may_reject(self, start: str, *, opens_line: bool, opens_reply: bool) -> bool:
        """Return whether a sentence that starts like this might still be rejected."""
        if len(start) < LINE_START and not (
            _PLAIN_START.match(start) if opens_line else " " in start
        ):
            return True
        if opens_line and _DEBRIS.match(start[:LINE_START]):
            return True
        if opens_reply and any(
            sentence.startswith(_normalise(start)) for sentence in self._action_sentences
        ):
            return True
        if self._restatements.may_restate(start) or self._banned.scan(start).safe < len(start):
            return True
        if self._dead.may_act_in(start):
            return True
        if (self._second_person and is_first_person(start[:_NEAR])) or (
            opens_reply and start.isupper()
        ):
            return True
        return bool(_MAY_BE_QUESTION.match(start) or self._speaks_for_player(start[:_NEAR]))

    def _speaks_for_player(self, text: str) -> bool:
        if not _PLAYER_SPEAKS.search(replace_quotations(text, f" {_SPEECH} ")):
            return False
        said = (_pad_words(words) for words in quoted_texts(text))
        return not all(words in self._said for words in said)


def _is_heading(text: str) -> bool:
    """Return whether `text` is a title in capitals; a shout ends as a sentence does."""
    return text.isupper() and " " in text and not text.endswith((*STOPS, '"', "”", "'", "’"))


def is_action_line(start: str) -> bool:
    """Return whether a line that starts like this is an action of the player."""
    return start.startswith(">")


def _normalise(text: str) -> str:
    return text.translate(_CURLY).casefold().rstrip(STOPS + "\"' ")


def _pad_words(words: str) -> str:
    """Return `words` in a form in which `in` compares whole words."""
    return " " + " ".join(re.findall(r"\w+", words.casefold())) + " "
