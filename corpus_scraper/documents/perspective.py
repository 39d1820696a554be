"""Convert a first-person story to second person, with the narrator's actions as action lines.

`I drew my sword. The man stepped back.` becomes the action `You drew your sword.` and its
consequence. Quotations stay as they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpus_scraper.graph import Choice, ChoiceKind, Passage, StoryGraph
from dungeon.perspective import YOU, first_person, to_second_person
from dungeon.text.quotations import mask_quotations, quoted_spans
from dungeon.text.sentences import split_sentences
from dungeon.transcript import SEPARATOR

MAX_ACTION = 150
"""Characters of a sentence that may become a player's line; players' own are shorter."""

MIN_BETWEEN_ACTIONS = 300
"""Characters of prose between two actions; a reply of the game is about as long."""

_ACTION = re.compile(
    r"(?:^|(?<=[.!?] ))(?P<action>(?:Then |So |At once |Quickly,? |Slowly,? |Again )?"
    r"[Yy]ou (?:[a-z]+ly |then |at once )?(?P<verb>[a-z]+)\b"
    r"(?:[^.!?\"“”‘]*)(?<! [A-Z])(?<!\bMr|\bDr|\bSt)(?<!Mrs)[.!])(?=\s|$)"
)
_NO_ACTION = frozenset(
    """
    are were had have has could can cannot would will should shall might may must did do does
    was became seemed appeared felt feel knew know thought think saw see heard hear believed
    believe supposed suppose remembered remember recalled noticed realised realized understood
    wondered wished wanted hoped feared loved hated doubted fancied perceived observed found
    lay lost owned dreamed dreamt expected guessed imagined learned learnt liked needed
    possessed preferred recognised recognized regretted slept sensed suffered trusted awoke
    woke fainted fell never not no only also almost scarcely hardly nearly still even soon
    presently at in of on to once often always sometimes too who whom and or but who’d confess
    own am mean wish hope fear doubt recollect expect said say tell told ask asked answered
    replied cried shouted guess explained assured answer forgot sank shivered shuddered breathed
    yourself neither now dare dared need didn couldn wouldn weren hadn shouldn don needn
    judged wonder love noted grew trembled swooned reeled lacked wish despised admired
    """.split()
)
"""Verbs that are no action: states, perceptions, mishaps, speech; and words that are no verb."""


_BEGAN = re.compile(
    r"(?:began|begin|came|come|seemed|happened) to (?:be|see|feel|hear|think|know|understand|fear|"
    r"wonder|believe|perceive|suspect|realise|realize|have|find|grow|like|love|hate)\b"
)
"""Mishaps in the words of an action: you began to see."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a passage: prose, and the action that led to it."""

    action: str
    prose: str


def convert_to_second_person(graph: StoryGraph) -> StoryGraph:
    """Return `graph` in second person, its passages split at the actions of its protagonist."""
    passages: list[Passage] = []
    choices: list[Choice] = []
    last: dict[str, str] = {}
    for passage in graph.passages:
        first, *others = _pieces(to_second_person(without_asides(passage.text)))
        here = replace(passage, text=first.prose, ending=passage.ending and not others)
        passages.append(here)
        for at, piece in enumerate(others, 1):
            ending = passage.ending and at == len(others)
            there = Passage(f"{passage.id}/{at}", piece.prose, ending, passage.context)
            choices.append(Choice(here.id, there.id, piece.action, kind=ChoiceKind.ACTION))
            passages.append(there)
            here = there
        last[passage.id] = here.id
    for choice in graph.choices:
        origin = last.get(choice.origin, choice.origin)
        choices.append(replace(choice, origin=origin, text=to_second_person(choice.text)))
    return replace(graph, passages=tuple(passages), choices=tuple(choices))


def without_asides(text: str) -> str:
    """Return `text` without paragraphs in which the narrator addresses somebody.

    `I wish you could see me` would be nonsense as `You wish you could see you`.
    """
    paragraphs = text.split(SEPARATOR)
    return SEPARATOR.join(p for p in paragraphs if not _speaks_to_somebody(p))


def _speaks_to_somebody(paragraph: str) -> bool:
    if not YOU.search(paragraph):
        return False
    sentences = [mask_quotations(sentence.text) for sentence in split_sentences(paragraph)]
    return any(YOU.search(each) and any(first_person(each)) for each in sentences)


def _pieces(text: str) -> Iterator[_Piece]:
    """Yield the parts of a converted passage; the first has no action."""
    prose: list[str] = []
    action, length = "", 0
    for paragraph in text.split(SEPARATOR):
        position = 0
        for found in _actions(paragraph):
            before = paragraph[position : found.start()].rstrip()
            if length + len(before) < MIN_BETWEEN_ACTIONS:
                continue
            yield _Piece(action, _joined([*prose, before]))
            action, prose, length, position = found["action"], [], 0, found.end()
        prose.append(paragraph[position:].lstrip())
        length += len(prose[-1])
    yield _Piece(action, _joined(prose))


def _joined(paragraphs: list[str]) -> str:
    return SEPARATOR.join(filter(None, paragraphs))


def _actions(paragraph: str) -> Iterator[re.Match[str]]:
    """Yield the sentences of `paragraph`, outside quotations, that are actions."""
    said = list(quoted_spans(paragraph))
    for found in _ACTION.finditer(paragraph):
        is_done = found["verb"] not in _NO_ACTION and not _BEGAN.match(
            paragraph, found.start("verb")
        )
        short = len(found["action"]) <= MAX_ACTION
        if (
            is_done
            and short
            and not any(start < found.end() and found.start() < end for start, end in said)
        ):
            yield found
