"""Detect speech in a typed line, and write it as a quotation: `hello` → `You say "Hello."`

Speech without quotation marks is a question, a greeting or a curse, a call by name, a sentence with
both I and you, or a command that cannot be the player's own action: nobody would `give it to me`.
"""

import re

from dungeon.actions.exclamations import EXCLAMATION
from dungeon.actions.languages import is_other_language
from dungeon.actions.verbs import (
    AUXILIARIES,
    CONNECTIVES,
    DIRECTIONS,
    LONE_VERBS,
    PHRASE_STARTS,
    QUESTION_OBJECTS,
    QUESTION_WORDS,
    SHORT_QUESTION_ENDS,
    SUBJECTS,
    VERBS,
)
from dungeon.actions.words import WORD
from dungeon.perspective import to_second_person
from dungeon.text.quotations import quoted_spans, split_quotations
from dungeon.text.sentences import ends_sentence

_PLEASE = re.compile(r"please\b(?! (?:to|with)\b|['’-])", re.IGNORECASE)
_TO_ME = re.compile(
    r"(?:don['’]?t |do not )?(?:"
    r"(?:accompany|answer|ask|believe|bring|cure|fight|find|follow|forgive|free|give|guide|hand|"
    r"heal|hear|help|hit|join|kill|kiss|leave|lead|lend|let|marry|meet|pass|pay|release|rescue|"
    r"save|sell|send|serve|show|spare|take|teach|tell|throw|toss|touch|trust|untie|wait for|"
    r"watch|worship) me\b"
    r"|(?:give|hand|pass|throw|toss|bring|show|send|lend|sell|return|explain) [^,.;]{1,60}? to me\b"
    r"|(?:talk|speak|listen|come|run|swear) (?:back )?(?:to|with) me\b|come here\b)",
    re.IGNORECASE,
)
_FOR_ME = re.compile(
    r"(?:don['’]?t |do not |never )?(?:stop (?P<doing>[a-z]+ing)|(?P<verb>[a-z]+))"
    r"(?: (?:away|back|closer|down|go|here|out|over|right|up))*"
    r"(?: (?:after|at|by|for|from|of|off|to|with)(?: of)?)? me\b",
    re.IGNORECASE,
)
"""What is done to me is asked of somebody else: `let go of me`, `stop following me`. Not where
something of mine is in between: `pull the blanket off me`, `look behind me`."""
_DONE_TO_ME = frozenset(
    "bother forget hate hurt love pardon remind respect save scare shelter tempt torture".split()
)
_TAKEN_ALONG = frozenset("bring carry drag take".split())
TO_ONESELF = re.compile(
    r"^(?P<act>check|examine|inspect|look at|search|wash) me(?=[ .]*\Z)", re.IGNORECASE
)
"""What players of text adventures do to themselves."""
_I_TO_YOU = re.compile(
    r"i(?:['’](?:m|ve|ll|d))?\b(?!['’-])"
    r"[^.!?]*?(?<!\band )\b(?:you|your|yours|yourself)\b",
    re.IGNORECASE,
)
"""In the story the player is `you`: who says `I` and `you` talks to somebody."""
_YOU = re.compile(r"you(?:['’](?:re|ve|ll|d))?\b(?! and (?:i|me)\b)", re.IGNORECASE)
_BEFORE_QUESTION = frozenset("and but ok okay alright well".split())
_AT_ALL = re.compile(r"(?<=\w) (?:the (?:hell|heck|devil|fuck)|on earth|in the world)\b")
"""What may stand behind a question word: what the hell is this."""
_SENTENCE_END = re.compile(r"[.!?…]\s")
_BEFORE_COMMAND = re.compile(
    rf"^(?:okay|ok|alright|well), ?(?=(?:{'|'.join(sorted(VERBS))})\b)", re.IGNORECASE
)
"""What is not said before what is done: `ok, open the door`."""
_NAME = re.compile(r"([A-Z][\w’'-]*), ")
_KNOWN = VERBS | SUBJECTS | CONNECTIVES | PHRASE_STARTS | DIRECTIONS | QUESTION_WORDS | AUXILIARIES


def is_speech(line: str) -> bool:
    """Return whether `line` is speech rather than an action."""
    line = _BEFORE_COMMAND.sub("", line)
    said = EXCLAMATION.match(line) or is_request(line) or _speaks_to_you(line)
    return bool(said) or is_question(line) or _ends_in_question(line) or is_call(line)


def is_request(line: str) -> bool:
    """Return whether `line` asks somebody to do something: `please open the door`, `follow me`."""
    return bool(_PLEASE.match(line) or _TO_ME.match(line)) or _is_for_me(line)


def _is_for_me(line: str) -> bool:
    found = None if TO_ONESELF.match(line) else _FOR_ME.match(line)
    if found is None or found["doing"]:
        return found is not None
    verb = found["verb"].lower()
    return verb in VERBS | _DONE_TO_ME and not (
        verb in _TAKEN_ALONG and found[0].lower().endswith("with me")
    )


def _speaks_to_you(line: str) -> bool:
    """Return whether `line` has me and you in it as two people: `I love you, cat`, `you killed my
    father`; a quotation does not count.
    """
    parts = list(split_quotations(line))
    if _I_TO_YOU.match("".join(part for part, quoted in parts if not quoted)):
        return True
    is_told = any(quoted for _, quoted in parts) or _SENTENCE_END.search(line)
    return _YOU.match(line) is not None and not is_told and to_second_person(line) != line


def is_question(line: str) -> bool:
    """Return whether `line` is a question, with or without a question mark."""
    asked = _AT_ALL.sub("", line.lower().replace("’", "'"), count=1)
    words = [word.rstrip("?!.,") for word in asked.split()]
    may_be_told = False  # now is the time, so am I
    while words[1:] and words[0] in CONNECTIVES:
        may_be_told |= words[0] not in _BEFORE_QUESTION
        del words[0]
    first, second = (*words, "", "")[:2]
    if first.removesuffix("'s") in {*QUESTION_WORDS, "when"}:
        is_short = not second or (len(words) == 2 and second in SHORT_QUESTION_ENDS)
        is_whole = first.endswith("'s") or is_short or line.endswith("?")
        return is_whole or second in AUXILIARIES or second in QUESTION_OBJECTS
    asks = _asks(first, second) and not may_be_told
    return first in AUXILIARIES and (line.endswith("?") or asks)


def _ends_in_question(line: str) -> bool:
    """Return whether a statement of the player ends in a question: `my lamp is out, what now?`

    A command that does, as `open the door?`, stays one, and so does what `you` do: that is told.
    """
    words = [word.lower() for word in WORD.findall(line)]
    while words[1:] and words[0] in CONNECTIVES:
        del words[0]
    if not line.endswith("?") or not words or next(quoted_spans(line), None):
        return False
    first, *rest = words
    if first == "i":
        acts = [word for word in rest if not word.endswith("ly")]
        return not acts or acts[0] not in VERBS | LONE_VERBS
    return re.split("['’]", first)[0] in SUBJECTS - {"you"}


def _asks(auxiliary: str, subject: str) -> bool:
    """Return whether this is a question: `do you know`, but not `do it`; `can the guard see`."""
    if auxiliary in {"am", "must"}:
        return subject == "i"
    if auxiliary in {"do", "have", "don't"}:
        return subject in {"i", "you", "we", "they"}
    return subject in SUBJECTS


def is_call(line: str) -> bool:
    """Return whether `line` addresses somebody by name: `Rowan, come here`."""
    name = _NAME.match(line)
    return name is not None and name[1].lower() not in _KNOWN and not name[1].endswith("ly")


# Quoting.

QUOTES = "\"“”„«»'‘’"
_DOUBLE = re.compile('["“”„«»]')
_LONE_I = re.compile(r"(?<![\w'’.])i(?=['’](?:m|ve|ll|d)\b|[\s,;!?]|$)")
_NEXT_SENTENCE = re.compile(r"(?<![.!?])(?P<stops>\.|[!?]+)(?P<gap>\s+)(?P<letter>[^\W\d_])")
"""A sentence may begin: not behind an ellipsis, nor behind a mark that closes something."""
_ENDED = ".!?…—"
_CLOSING = "\"”»'’)]"
_CLOSERS = {'"': '"', "“": "”", "„": "”“", "«": "»", "'": "'’", "‘": "’'"}
"""Each opening mark and what may close it, the usual one first."""


def to_speech(line: str) -> str:
    """Return the words of `line` as said by the player; empty if there are none."""
    words = _strip_quotation_marks(line)
    words = _DOUBLE.sub("'", words).strip()
    if not words.strip("'’"):
        return ""
    return f'You say "{end_sentence(capitalise_speech(words))}"'


def _strip_quotation_marks(line: str) -> str:
    """Return `line` without quotation marks around all of it, closed or left open."""
    while next(quoted_spans(line), None) == (0, len(line)):
        line = line[1 : -1 if _is_closed(line) else None].strip()
    return line


def close_quotation(line: str) -> str:
    """Return `line` with its last quotation closed, and without a trailing opening mark."""
    spans = list(quoted_spans(line))
    if spans and spans[-1][1] == len(line):
        quotation = line[slice(*spans[-1])]
        return line if _is_closed(quotation) else line + _CLOSERS[quotation[0]][0]
    return line.rstrip(' ,;:-"“„«')


def end_sentence(line: str) -> str:
    """Return `line` with a full stop, unless it ends as a sentence does.

    In `You say "hello"` the full stop goes inside the quotation marks.
    """
    bare = line.rstrip(_CLOSING + " ")
    if bare.endswith(tuple(_ENDED)):
        return line
    span = list(quoted_spans(line))[-1:]
    if span and span[0][1] == len(line) and len(line) - span[0][0] > 2:
        return line[:-1].rstrip(" ,;:-") + "." + line[-1]
    return line.rstrip(" ,;:-") + "."


def capitalise(line: str) -> str:
    """Return `line` with its first letter a capital; nothing else changes."""
    return line[:1].upper() + line[1:]


def capitalise_speech(words: str) -> str:
    """Return what is said with a capital for every I and at the beginning of every sentence."""
    words = capitalise(_LONE_I.sub("I", words))
    if is_other_language(words):  # its abbreviations are not known
        return words
    return _NEXT_SENTENCE.sub(_capitalise_next, words)


def _capitalise_next(match: re.Match[str]) -> str:
    """Return a sentence's beginning as a capital, unless what ends before it is none."""
    reach = slice(max(match.start() - 40, 0), match.start("gap"))
    is_end = match["stops"] != "." or ends_sentence(match.string[reach], match["letter"])
    return match["stops"] + match["gap"] + (match["letter"].upper() if is_end else match["letter"])


def _is_closed(quotation: str) -> bool:
    """Return whether `quotation` ends with a mark that closes the one it begins with."""
    return len(quotation) > 1 and quotation[-1] in _CLOSERS[quotation[0]]
