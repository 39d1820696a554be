"""Convert a story told by its hero to second person, with the hero's actions as action lines.

`I drew my sword. The man stepped back.` becomes the action `You drew your sword.` and its
consequence. Quotations stay as they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from corpus_scraper.graph import Choice, Passage, StoryGraph
from dungeon.perspective import YOU, first_person, to_second_person
from dungeon.quotations import mask_quotations, quoted_spans
from dungeon.sentences import split_sentences
from dungeon.transcript import SEPARATOR

MAX_ACTION = 150
"""Characters of a sentence that may become a player's line; players' own are shorter."""

MIN_BETWEEN_ACTIONS = 300
"""Characters of prose between two deeds; a reply of the game is about as long."""

_DEED = re.compile(
    r"(?:^|(?<=[.!?] ))(?P<deed>(?:Then |So |At once |Quickly,? |Slowly,? |Again )?"
    r"[Yy]ou (?:[a-z]+ly |then |at once )?(?P<verb>[a-z]+)\b"
    r"(?:[^.!?\"“”‘]*)(?<! [A-Z])(?<!\bMr|\bDr|\bSt)(?<!Mrs)[.!])(?=\s|$)"
)
_NO_DEED = frozenset(
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
"""What is no deed: states, perceptions, mishaps, speech, and words that are no verb after `you`."""


_BEGAN = re.compile(
    r"(?:began|begin|came|come|seemed|happened) to (?:be|see|feel|hear|think|know|understand|fear|"
    r"wonder|believe|perceive|suspect|realise|realize|have|find|grow|like|love|hate)\b"
)
"""What happened to him, in the words of a deed: you began to see."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a passage: prose, and the deed that led to it."""

    deed: str
    prose: str


def convert_to_second_person(graph: StoryGraph) -> StoryGraph:
    """Return `graph` told to its hero, its passages divided where he does something."""
    passages: list[Passage] = []
    choices: list[Choice] = []
    last: dict[str, str] = {}
    for passage in graph.passages:
        first, *others = _pieces(to_second_person(without_asides(passage.text)))
        here = replace(passage, text=first.prose, ending=passage.ending and not others)
        passages.append(here)
        for at, piece in enumerate(others, 1):
            ending = passage.ending and at == len(others)
            there = Passage(f"{passage.id}/{at}", piece.prose, ending)
            choices.append(Choice(here.id, there.id, piece.deed))
            passages.append(there)
            here = there
        last[passage.id] = here.id
    for choice in graph.choices:
        origin = last.get(choice.origin, choice.origin)
        choices.append(replace(choice, origin=origin, text=to_second_person(choice.text)))
    return replace(graph, passages=tuple(passages), choices=tuple(choices))


def without_asides(text: str) -> str:
    """Return `text` without the paragraphs in which the hero speaks to somebody, in rendered.

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
    """Yield the parts of a passage that was turned already; the first has no deed."""
    prose: list[str] = []
    deed, length = "", 0
    for paragraph in text.split(SEPARATOR):
        position = 0
        for found in _deeds(paragraph):
            before = paragraph[position : found.start()].rstrip()
            if length + len(before) < MIN_BETWEEN_ACTIONS:
                continue
            yield _Piece(deed, _joined([*prose, before]))
            deed, prose, length, position = found["deed"], [], 0, found.end()
        prose.append(paragraph[position:].lstrip())
        length += len(prose[-1])
    yield _Piece(deed, _joined(prose))


def _joined(paragraphs: list[str]) -> str:
    return SEPARATOR.join(filter(None, paragraphs))


def _deeds(paragraph: str) -> Iterator[re.Match[str]]:
    """Yield the sentences of `paragraph`, outside what is said in it, that tell what you do."""
    said = list(quoted_spans(paragraph))
    for found in _DEED.finditer(paragraph):
        is_done = found["verb"] not in _NO_DEED and not _BEGAN.match(paragraph, found.start("verb"))
        short = len(found["deed"]) <= MAX_ACTION
        if (
            is_done
            and short
            and not any(start < found.end() and found.start() < end for start, end in said)
        ):
            yield found
