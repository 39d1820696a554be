"""Read the stories of the continuity benchmark: a fact in the second turn that the last one needs.

Sixty stories are in `continuity_data/stories.toml`, eighteen turns for each of their settings in
transcripts beside it. Every story is told twice: mirrored, its two facts have changed places, and
nothing else is different.
"""

import random
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from dungeon import transcript
from dungeon.story import Adventure, Kind, Turn, new_id
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from dungeon.text.sentences import split_sentences
from dungeon.turns.adventure_store import opening_turn

DATA = Path(__file__).with_name("continuity_data")

TURNS = 15
"""Turns of a story with the opening; the fact is in the second one, the last one needs it."""

FACT_TURN = 2
"""The number of the turn with the fact."""

FILLERS = TURNS - FACT_TURN - 1
"""Turns in between."""

FactKind = Literal["carry", "dead", "name", "door"]
KINDS: tuple[FactKind, ...] = get_args(FactKind)


@dataclass(frozen=True, slots=True)
class StoryTurn:
    """What the player does, and what comes of it."""

    action: str
    reply: str


@dataclass(frozen=True, slots=True)
class ContinuityStory:
    """A story up to the last turn's action, and the two ways in which it may go on."""

    number: int
    kind: FactKind
    fact: str
    """What is carried, is dead, or is the right name or door."""
    setting: str
    opening: str
    plant: StoryTurn
    fillers: tuple[StoryTurn, ...]
    memory: str
    """The fact as the game's memory would hold it."""
    question: str
    """The last action."""
    consistent: str
    """How the reply goes on if the model remembers."""
    inconsistent: str
    """The same in the mirrored story, where it is right."""
    right_word: str
    wrong_word: str
    """The words in which both differ."""

    @property
    def fact_sentences(self) -> tuple[str, ...]:
        """The sentences of the second turn that have one of the words."""
        words = re.compile(rf"\b(?:{self.right_word}|{self.wrong_word})\b", re.IGNORECASE)
        sentences = (each.text for each in split_sentences(self.plant.reply))
        return tuple(sentence for sentence in sentences if words.search(sentence))

    @property
    def change(self) -> Change | None:
        """The fact as a change of the story's state, which knows neither names nor doors."""
        named = self.fact if self.fact[0].isupper() else f"the {self.fact}"
        match self.kind:
            case "carry":
                return Change(Category.ITEM, named)
            case "dead":
                return Change(Category.PERSON, named, "is dead")
            case _:
                return None

    def adventure(self, *, with_memory: bool, with_state: bool = False) -> Adventure:
        """Return the story as the game has it before the last action."""
        turn = opening_turn(self.opening)
        turns = {turn.id: turn}
        for each in (self.plant, *self.fillers):
            turn = Turn(new_id(), turn.id, Kind.DO, each.action, each.reply)
            turns[turn.id] = turn
        memory = self.memory if with_memory else ""
        change = self.change if with_state else None
        events = [StateEvent(turn.id, change, Decision.ACCEPTED, Source.RULE)] if change else []
        title = f"{self.setting} {self.number}"
        return Adventure(
            new_id(),
            title,
            memory=memory,
            turns=MappingProxyType(turns),
            head=turn.id,
            tip=turn.id,
            state_events=tuple(events),
        )


@dataclass(frozen=True, slots=True)
class StoryPair:
    """A story and its mirror."""

    story: ContinuityStory
    mirrored: ContinuityStory


def load_pairs(folder: Path = DATA) -> tuple[StoryPair, ...]:
    """Return all stories. Raises ValueError where one is not well formed."""
    document = tomllib.loads((folder / "stories.toml").read_text("utf-8"))
    return tuple(_pair(folder, number, each) for number, each in enumerate(document["stories"], 1))


def load_turns(folder: Path, setting: str) -> tuple[StoryTurn, ...]:
    """Return the turns of a setting in their order. Raises ValueError where a reply is missing."""
    blocks = transcript.read((folder / f"{setting}.txt").read_text("utf-8"))
    turns: list[StoryTurn] = []
    for action, reply in zip(blocks[::2], blocks[1::2], strict=True):
        match action, reply:
            case transcript.ActionLine(did), transcript.Prose(text):
                turns.append(StoryTurn(did, text))
            case _:
                raise ValueError(f"{setting}.txt: actions and replies do not alternate at {action}")
    return tuple(turns)


def _pair(folder: Path, number: int, record: dict[str, object]) -> StoryPair:
    match record:
        case {"facts": [str(one), str(other)], "kind": kind, "setting": str(setting)}:
            pass
        case _:
            raise ValueError(f"Story {number} lacks facts, a kind or a setting.")
    if kind not in KINDS:
        raise ValueError(f"Story {number} is of the unknown kind {kind!r}.")
    turns = load_turns(folder, setting)
    chosen = sorted(random.Random(number).sample(range(len(turns)), FILLERS))
    fillers = tuple(turns[each] for each in chosen)

    def tell(fact: str, other: str) -> ContinuityStory:
        def text(key: str, first: str = fact, second: str = other) -> str:
            template = str(record[key])
            return re.sub(
                r"\{(fact|other)\}", lambda m: first if m[1] == "fact" else second, template
            )

        is_fact = "{fact}" in str(record["answer"])
        return ContinuityStory(
            number,
            kind,
            fact,
            setting,
            text("opening"),
            StoryTurn(text("action"), text("reply")),
            fillers,
            text("memory"),
            text("question"),
            consistent=text("answer"),
            inconsistent=text("answer", other, fact),
            right_word=fact if is_fact else other,
            wrong_word=other if is_fact else fact,
        )

    return StoryPair(tell(one, other), tell(other, one))
