"""Choose the lore entries for a prompt: those that fire, as far as their budget goes."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from dungeon import transcript
from dungeon.errors import InputRefused
from dungeon.lore.activation import Activation, Fired, activate, record
from dungeon.lore.index import LoreIndex
from dungeon.lore.stored import load_index
from dungeon.story import Action, Adventure

MIN_TOKENS = 4
"""Where no more of the budget is left, nothing is tried any more."""

_CHARACTERS_PER_TOKEN = 3
"""Fewer than English has, so that the room set aside is rather too large."""


@dataclass(frozen=True, slots=True)
class LoreSelection:
    """The entries in a prompt, and those that are not in it although they were mentioned."""

    text: str = ""
    """The part of the prompt."""
    tokens: int = 0
    room: int = 0
    """Tokens set aside for lore: the same for every action, so that the story keeps its place."""
    included: tuple[Fired, ...] = ()
    left_out: tuple[Fired, ...] = ()
    """What fired and found no place in the budget."""
    suppressed: tuple[Fired, ...] = ()
    """What a rule held back, and which rule."""
    error: str = ""
    """Why the lore could not be read, as a sentence."""

    @property
    def record(self) -> str:
        """What the turn records of it."""
        return record(self.included)


NOTHING_SELECTED = LoreSelection()


async def select(
    adventure: Adventure,
    action: Action | None,
    budget: int,
    count: Callable[[str], Awaitable[int]],
) -> LoreSelection:
    """Return the entries for `action` at the head of `adventure`, in at most `budget` tokens.

    Lower ones in the order of the entries are left out where the budget is too small for all; an
    entry is never cut. Lore that cannot be read is left out, and the result says so.
    """
    try:
        index = load_index(adventure.lore)
    except InputRefused as error:
        return LoreSelection(error=str(error))
    if not index.entries:
        return NOTHING_SELECTED
    activation = _activate(index, adventure, action)
    included: list[Fired] = []
    left_out: list[Fired] = []
    texts: list[str] = []
    left = budget
    for one in activation.fired:
        text = transcript.normalise(one.entry.content)
        tokens = await count(text + transcript.SEPARATOR) if text and left >= MIN_TOKENS else 0
        if (text and not tokens) or tokens > left:
            left_out.append(one)
            continue
        included.append(one)
        texts += [text] if text else []
        left -= tokens
    return LoreSelection(
        transcript.SEPARATOR.join(texts),
        budget - left,
        max(budget - left, min(budget, index.characters // _CHARACTERS_PER_TOKEN)),
        tuple(included),
        tuple(left_out),
        activation.suppressed,
    )


def _activate(index: LoreIndex, adventure: Adventure, action: Action | None) -> Activation:
    """Return what fires after the story up to the head. Chance comes from the id of its last turn:
    the prompt is read ahead before the next turn has a seed.
    """
    path = adventure.path()
    turns = path[-index.depth :]
    texts: Sequence[str] = [
        *(f"{turn.action}\n{turn.text}" for turn in turns),
        action.text if action else "",
    ]
    records = [turn.provenance.lore for turn in path]
    return activate(index, texts, records, adventure.head or "")
