"""Split a line into what is said and what is done: `is he dead? search his body`.

By sentences. Behind a question or a greeting a sentence is an action where it is a command, or
where `I` do something. After a request (`please open the door`, `Rowan, come here`, `can you help
me?`) a command is taken as said, too; so is one that speaks of `you`.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from dungeon.actions.speech import is_call, is_question, is_request, is_speech
from dungeon.actions.verbs import ABBREVIATIONS, CONNECTIVES, DIRECTIONS, LONE_VERBS, VERBS
from dungeon.actions.words import WORD
from dungeon.text.quotations import mask_quotations
from dungeon.text.sentences import ends_sentence

_END = re.compile(r"[.!?…]+(?=\s+(?P<following>\S))")
_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_REQUEST_TO_YOU = re.compile(r"(?:can|could|will|would) you\b", re.IGNORECASE)
_SAID_COMMAND = re.compile(
    r"(?:(?:go|get|stay|keep) (?:away|out|back|off|lost)|shut up|(?:look|watch) out|"
    r"answer|help|hurry|leave|listen|speak|stop|talk|wait)\W*\Z",
    re.IGNORECASE,
)
"""Said where somebody has just been addressed (`who are you? speak!`), and done otherwise."""
_ACTS = VERBS | LONE_VERBS
_OF_MYSELF = frozenset(
    """
    accept apologise apologize beg come decide decline feel forgive guess hear imagine insist
    live mine need offer promise refuse remember swear surrender thank think trust want warn wonder
    work worry
    """.split()
)
"""Verbs with which I speak of myself rather than act: I come in peace, I think so."""


def split_speech(line: str) -> list[tuple[str, bool]]:
    """Return the parts of `line` in order, and of each whether it is said.

    A line that is all of one kind is one part.
    """
    sentences = list(sentences_of(line))
    if len(sentences) == 1:
        return [(line, is_speech(line))]
    kinds = list(_kinds(sentences))
    if not {True, False} <= set(kinds):
        return [(line, is_speech(line))]
    both = zip(sentences, kinds, strict=True)
    return [
        (" ".join(sentence for sentence, _ in part), bool(is_said))
        for is_said, part in groupby(both, key=lambda pair: pair[1])
    ]


def _kinds(sentences: list[str]) -> Iterator[bool]:
    """Yield of each sentence whether it is said; a statement goes with the sentence before it."""
    is_said, before = False, ""
    for at, sentence in enumerate(sentences):
        if at == 0:
            is_said = is_speech(sentence)
        elif is_said:
            is_said = not _is_action(sentence, before)
        else:
            is_said = is_question(sentence) and sentence.endswith("?") and _is_action(before, "")
        yield is_said
        before = sentence


def _is_action(sentence: str, said: str) -> bool:
    """Return whether a sentence is done by the player, behind one that was `said`."""
    words = [word.lower() for word in WORD.findall(sentence)]
    while words[1:] and (words[0] in CONNECTIVES or (words[0].endswith("ly"))):
        del words[0]
    if not words or is_speech(sentence):
        return False
    if words[0] == "i":
        acts = [word for word in words[1:] if not word.endswith("ly")]
        return bool(acts) and acts[0] in _ACTS - _OF_MYSELF
    if _YOU.search(sentence) or is_call(said) or is_request(said) or _REQUEST_TO_YOU.match(said):
        return False
    if _YOU.search(said) and _SAID_COMMAND.match(sentence):
        return False
    return words[0] in _ACTS or (len(words) == 1 and words[0] in DIRECTIONS | ABBREVIATIONS.keys())


def sentences_of(line: str) -> Iterator[str]:
    """Yield the sentences of `line`; players write no capitals, and a quotation is in one piece."""
    start = 0
    for match in _END.finditer(mask_quotations(line)):
        following = match["following"]
        if ends_sentence(line[start : match.end()], "" if following.islower() else following):
            yield line[start : match.end()]
            start = match.start("following")
    yield line[start:]
