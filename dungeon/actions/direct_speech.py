"""Put what a line reports as said into quotation marks: `say I am king` → `say "I am king"`.

In quotation marks the player's words stay as they were typed: nobody says aloud that it is `your`
lamp when it is theirs. Indirect speech (`say that my lamp is out`) stays narration.
"""

import re

from dungeon.actions.speech import capitalise_speech, is_question, is_speech
from dungeon.actions.verbs import AUXILIARIES, CONNECTIVES, QUESTION_WORDS, SUBJECTS, VERBS
from dungeon.text.quotations import quoted_spans

_SPEAKING = "say|shout|yell|scream|whisper|exclaim|mutter|mumble|murmur|declare|announce"
_ADDRESSING = "tell|ask|answer|reply|call|warn|beg|cry|call out|cry out|shout out"
_WRITING = "write|scrawl|carve|scratch|sing|chant|recite|pray"
_VERB = re.compile(
    rf"(?:^|\b(?:and|then)\s+|,\s*)(?:(?:i|you)\s+)?(?:[a-z]+ly\s+)?"
    rf"(?P<verb>{_SPEAKING}|{_ADDRESSING}|{_WRITING})\b(?P<gap>\s*[:,]\s*|\s+)(?=[^\W_])",
    re.IGNORECASE,
)
_SPEAKS = re.compile(
    rf"\b(?:{_SPEAKING}|{_ADDRESSING}|{_WRITING})\b(?:[\s,:]|to|at|him|her|them)*$", re.IGNORECASE
)
"""What leads to a quotation: and shout to him."""
_ADDRESSEE = re.compile(r"(?:to |at )?(?:[\w’'-]+ ){0,3}?[\w’'-]+\s*:\s*(?=[^\W_])")
"""Somebody who is spoken to, before a colon: say to the old guard: …"""
_TO_PERSON = re.compile(
    r"to (?:him|her|it|them|everyone|everybody|myself)\s+(?!that\b)(?=\w)", re.I
)

_QUOTATION = re.compile("[\"“”„«»]|(?<!\\w)['‘]")
_DOUBLE = re.compile('["“”„«»]')
_SUBJECT = re.compile(r"(?:i|you|we|he|she|they)(?:['’][a-z]+)?\b", re.IGNORECASE)
_WITH_VERB = re.compile(
    r"(?:it|this|that|there|here|(?:my|your|his|her|our|their|the|an?|no|some|every)\b[^,.;!?]*?)"
    rf"(?:['’]s\b|\s(?:{'|'.join(sorted(AUXILIARIES))})\b)",
    re.IGNORECASE,
)
"""It is, my lamp is: a sentence. Not: my name, it, the magic word."""
_OWN_SENTENCE = re.compile(
    r"(?:my|our)\s+[\w’'-]+\s+(?!(?:to|and|again|in|aloud|off|out|for|of|from|at|on|with)\b)", re.I
)
"""My lamp broke; but not: my name, my prayers to the moon."""
_CUSTOMARY = re.compile(
    r"(?:my|our)\s+(?:last\s+|full\s+|own\s+|real\s+)?"
    r"(?:names?|prayers?|vows|thanks|lines?|goodbyes?|farewells?|words?|piece|part)\b",
    re.IGNORECASE,
)
_EXCLAMATION = re.compile(
    r"(?:help|yes|no|please|stop|sorry|thank you|oh|ah|wow|"
    r"(?:my|good) (?:god|lord|goodness|word))\b"
    r"(?!\s+(?:to|for|at|with)\b)",
    re.IGNORECASE,
)
_INDIRECT = re.compile(r"(?:that(?!['’])|if|whether|how|what|who|why|where|when)\b", re.IGNORECASE)
_NO_COMMAND = frozenset(["back", "hello", "goodbye"])


def quote_direct_speech(line: str) -> str:
    """Return `line` with quotation marks around direct speech, if it has some without any.

    A quotation within it gets single marks: `say hello there "friend"`.
    """
    spans = list(quoted_spans(line))
    if _QUOTATION.search(line) and not spans:
        return line
    for match in _VERB.finditer(line):
        if spans and (match.end() > spans[0][0] or _SPEAKS.search(line, 0, spans[0][0])):
            return line  # what is said is in quotation marks already
        start = _start_of_speech(line, match)
        if start is not None:
            words = capitalise_speech(_DOUBLE.sub("'", line[start:]))
            if is_question(words) and words[-1].isalnum():
                words += "?"
            return f'{line[:start].rstrip(" ,")} "{words}"'
    return line


def _start_of_speech(line: str, match: re.Match[str]) -> int | None:
    """Return where direct speech begins behind the verb; None where there is none."""
    rest = line[match.end() :]
    if match["gap"].strip():
        return match.end()
    if addressee := _ADDRESSEE.match(rest):
        return match.end() + addressee.end()
    verb = match["verb"].lower()
    if verb in _SPEAKING.split("|"):
        person = _TO_PERSON.match(rest)
        skipped = person.end() if person else 0
        is_said = _is_said(rest[skipped:]) or (verb == "say" and _is_password(rest))
        return match.end() + skipped if is_said else None
    is_direct = verb in _WRITING.split("|") and rest.lower().startswith(("i ", "i'", "i’"))
    return match.end() if is_direct else None


def _is_password(words: str) -> bool:
    """Return whether `words` are one word to be said: `xyzzy`; but not `nothing`, or `so`."""
    word = words.strip(" .!").lower()
    return word.isalnum() and word not in SUBJECTS | CONNECTIVES | QUESTION_WORDS


def _is_said(words: str) -> bool:
    return (
        _is_sentence(words)
        or (is_speech(words) and not _INDIRECT.match(words))
        or (is_question(words))
    )


def _is_sentence(words: str) -> bool:
    """Return whether `words` are a sentence, a command or a call, rather than an object."""
    first = re.split(r"[^\w]", words.lower(), maxsplit=1)[0]
    if _CUSTOMARY.match(words) or _INDIRECT.match(words):
        return _WITH_VERB.match(words) is not None and first not in QUESTION_WORDS | {"that"}
    if first in VERBS and first not in _NO_COMMAND:
        return True
    return any(
        pattern.match(words) for pattern in (_SUBJECT, _WITH_VERB, _OWN_SENTENCE, _EXCLAMATION)
    )
