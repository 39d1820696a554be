"""Split passages at the markers of older trainers and chat models.

What follows a border such as `<|endoftext|>` is another text: it becomes a start of its own, and
the last text of a passage keeps what the passage leads to. A user's message becomes a choice.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from corpus_scraper.graph import Choice, ChoiceKind, Passage, StoryGraph
from dungeon import transcript
from dungeon.text.counts import count
from dungeon.text.training_markers import (
    MarkedDocument,
    has_markers,
    remove_markers,
    split_documents,
)


@dataclass(frozen=True, slots=True)
class SplitPassages:
    """Passages and choices without markers."""

    passages: tuple[Passage, ...]
    choices: tuple[Choice, ...]
    starts: tuple[str, ...] = ()
    """Ids of passages that begin another text."""
    notes: tuple[str, ...] = ()


def split_graph(graph: StoryGraph) -> StoryGraph:
    """Return `graph` with its passages split at markers."""
    split = split_passages(graph.passages, graph.choices)
    return replace(
        graph,
        passages=split.passages,
        choices=split.choices,
        further_starts=(*graph.further_starts, *split.starts),
        notes=(*graph.notes, *split.notes),
    )


def split_passages(passages: Sequence[Passage], choices: Sequence[Choice]) -> SplitPassages:
    """Return `passages` and `choices` split at markers; as they are where they have none."""
    texts = (each.text for group in (passages, choices) for each in group)
    if not any(map(has_markers, texts)):
        return SplitPassages(tuple(passages), tuple(choices))
    splitter = _Splitter(taken={passage.id for passage in passages})
    last = {passage.id: splitter.add(passage) for passage in passages}
    kept = (
        replace(each, origin=last.get(each.origin, each.origin), text=remove_markers(each.text))
        for each in choices
    )
    return SplitPassages(
        tuple(splitter.passages),
        (*splitter.choices, *kept),
        tuple(splitter.starts),
        tuple(splitter.notes()),
    )


@dataclass(slots=True)
class _Splitter:
    taken: set[str]
    """Ids of passages."""
    passages: list[Passage] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)
    instructions: list[str] = field(default_factory=list)
    _parts: Counter[str] = field(default_factory=Counter)
    """Parts of each passage so far, besides the first."""

    def add(self, passage: Passage) -> str:
        """Add the parts of a passage, and return the id of the last one."""
        if not has_markers(passage.text):
            self.passages.append(passage)
            return passage.id
        here = passage.id
        documents = list(split_documents(passage.text)) or [MarkedDocument("")]
        for number, document in enumerate(documents):
            if number:
                here = self._new_id(passage.id)
                self.starts.append(here)
            here = self._add_document(passage.id, here, document)
        self.passages[-1] = replace(self.passages[-1], ending=passage.ending)
        return here

    def notes(self) -> Iterator[str]:
        """Yield what became of the markers, in sentences."""
        if self.starts:
            texts = count(len(self.starts), "text")
            yield f"{texts} behind markers of a trainer, each a start of its own."
        yield from (f"An instruction was left out: {each[:200]}" for each in self.instructions)

    def _add_document(self, origin: str, here: str, document: MarkedDocument) -> str:
        self.instructions += document.instructions
        for action, prose in _exchanges(document.text):
            if action:
                before, here = here, self._new_id(origin)
                self.choices.append(Choice(before, here, action, kind=ChoiceKind.ACTION))
            self.passages.append(Passage(here, prose))
        return here

    def _new_id(self, origin: str) -> str:
        """Return an id for a further part of the passage `origin`."""
        while True:
            self._parts[origin] += 1
            id_ = f"{origin} ({self._parts[origin] + 1})"
            if id_ not in self.taken:
                self.taken.add(id_)
                return id_


def _exchanges(text: str) -> Iterator[tuple[str, str]]:
    """Yield each action with the prose behind it; the first action is empty."""
    action, prose = "", ""
    for block in transcript.read(text):
        if isinstance(block, transcript.ActionLine):
            yield action, prose
            action, prose = block.text, ""
        else:
            prose = block.text
    yield action, prose
