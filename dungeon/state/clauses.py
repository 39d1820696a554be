"""Cut narration into clauses whose grammar is clear: told as true, about what happens now.

Quotations, questions, conditions, wishes, comparisons and memories are left out, and so is what
comes after a `but`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dungeon.text.quotations import MASK, mask_quotations
from dungeon.text.sentences import Sentence, split_sentences
from dungeon.transcript import normalise

_UNREAL = re.compile(
    r"\b(?:if|unless|whether|would|could|should|might|may|must|cannot|can|can['’]t|couldn['’]t|will|"
    r"won['’]t|wouldn['’]t|shall|ought|as though|as if|like|perhaps|maybe|almost|nearly|seems?|"
    r"seemed|appears?|appeared|pretend\w*|imagin\w*|dream\w*|wish\w*|hop(?:e|es|ed|ing)|"
    r"remember\w*|recall\w*|forget|forgot\w*|think|thinks|thought|believ\w+|suppos\w+|story|"
    r"stories|legend\w*|said|says|once|used to|years? ago|long ago|when you were|had been|never|"
    r"nobody|no one|nothing|not|try|tries|tried|trying|want|wants|wanted|need|needs|going to|"
    r"about to|before|until|instead of|rather than|neither|nor|without|except|every time|whenever|"
    r"paint\w+|picture|statue|half)\b|n['’]t\b",
    re.IGNORECASE,
)
"""Words that make a sentence other than a plain statement of what happens."""

_BUT = re.compile(r",?\s(?:but|yet|though|although|only to)\b", re.IGNORECASE)
_JOINT = re.compile(
    r"(?:[,;:—–]\s*(?:and\s+|then\s+|so\s+|where\s+)*|\s(?:and|then)\s+(?:then\s+)?)"
)
_LINE_BREAK = re.compile(r"(?<!\n)\n(?!\n)")
_PLAYER = re.compile(r"\W*(?:then |now |so |again )?you\b", re.IGNORECASE)

_MAX_REPLY = 2_000
"""Characters of a reply that are read."""

_MAX_SENTENCE = 400
"""Characters of a sentence that is read; a longer one has no clear grammar."""


@dataclass(frozen=True, slots=True)
class Clause:
    """The rest of a sentence from the beginning of a clause on."""

    text: str
    continues_you: bool
    """Whether it may lack its subject, since the player is the subject of its sentence."""
    is_yours: bool = False
    """Whether its sentence begins with `you`."""


def clauses(prose: str) -> Iterator[Clause]:
    """Yield the clauses of `prose` that state something, with quotations masked."""
    for sentence in narration(prose):
        text = " ".join(sentence.text.split())
        if not sentence.whole or "?" in text or len(text) > _MAX_SENTENCE:
            continue
        stated = _BUT.split(text, maxsplit=1)[0]
        if stated != text or _UNREAL.search(text):
            continue
        yield from _clauses_of(stated)


def narration(prose: str) -> Iterator[Sentence]:
    """Yield the sentences of `prose` with quotations masked.

    A model breaks its lines as its training text did, in the middle of sentences.
    """
    unbroken = _LINE_BREAK.sub(" ", mask_quotations(normalise(prose)))
    yield from split_sentences(unbroken)


def reply_sentences(reply: str) -> Iterator[Sentence]:
    """Yield the sentences of a reply as `narration` does; of a long one, those at its beginning."""
    yield from narration(reply[:_MAX_REPLY])


def _clauses_of(sentence: str) -> Iterator[Clause]:
    is_yours = _PLAYER.match(sentence) is not None
    yield Clause(sentence.lstrip(MASK + " "), continues_you=False, is_yours=is_yours)
    for joint in _JOINT.finditer(sentence):
        rest = sentence[joint.end() :]
        goes_on = is_yours and "," not in joint[0].replace(", and", "")
        yield Clause(rest, goes_on, is_yours)
