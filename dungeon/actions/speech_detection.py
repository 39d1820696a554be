"""Detect speech that was typed without quotation marks.

A question, a greeting, a call by name, or a command that cannot be the player's own action: nobody
would `give it to me`.
"""

import re

from dungeon.actions.verbs import ASKED, ASKING, AUXILIARIES, LEADS, LINKS, SUBJECTS, VERBS, WAYS

_GREETING = re.compile(
    r"(?:hello|hi|hey|greetings|farewell|goodbye|bye|thanks|thank you|please|sorry|welcome|"
    r"good (?:morning|day|evening|night)|excuse me)\b(?! (?:to|with)\b|['’-])|"
    r"(?:yes|yeah|no|nope|okay|ok|oh|ah|well|sure|wow)(?:[,.!?]|$)|"
    r"what an? ",
    re.IGNORECASE,
)
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
_NAME = re.compile(r"([A-Z][\w’'-]*), ")
_KNOWN = VERBS | SUBJECTS | LINKS | LEADS | WAYS | ASKING | AUXILIARIES


def is_speech(line: str) -> bool:
    """Return whether `line` is speech of the player rather than an action."""
    return bool(_GREETING.match(line) or _TO_ME.match(line)) or is_question(line) or _is_call(line)


def is_question(line: str) -> bool:
    """Return whether `line` asks somebody something, with or without a question mark."""
    words = line.lower().replace("’", "'").split()
    first, second = (word.rstrip("?!.,") for word in (*words, "")[:2])
    if first.removesuffix("'s") in {*ASKING, "when"}:
        contracted = first.endswith("'s")
        return contracted or line.endswith("?") or second in AUXILIARIES or second in ASKED
    return first in AUXILIARIES and (line.endswith("?") or _asks(first, second))


def _asks(auxiliary: str, subject: str) -> bool:
    """Distinguish a question from a command: `do you know`, but `do it`; `can the guard see`."""
    if auxiliary in {"am", "must"}:
        return subject == "i"
    if auxiliary in {"do", "have", "don't"}:
        return subject in {"i", "you", "we", "they"}
    return subject in SUBJECTS


def _is_call(line: str) -> bool:
    """Return whether `line` calls somebody by name: `Rowan, come here`."""
    name = _NAME.match(line)
    return name is not None and name[1].lower() not in _KNOWN and not name[1].endswith("ly")
