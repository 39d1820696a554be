"""What a prompt is built from: the story, the action, the tokens, and what the last prompt had."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

from dungeon.memory.retrieval import FindMatches, Match
from dungeon.prompt.token_counter import CountTokens
from dungeon.story import Action, Adventure
from dungeon.story.state_events import StateLine


@dataclass(frozen=True, slots=True)
class PromptInputs:
    """What the prompt for one action is built from."""

    adventure: Adventure
    """At whose head the action is."""
    action: Action | None
    """None is one that is not known yet."""
    _: KW_ONLY
    budget: int
    """The most tokens that the prompt may have, about."""
    count: CountTokens
    reserve: int = 0
    """Tokens to leave free for an action that is not known yet."""
    first: str | None = None
    """The `Context.first` of the previous turn."""
    find: FindMatches | None = None
    """Finds the turns to quote; without it none is quoted."""
    quoted: Sequence[Match] = ()
    """The matches of the previous turn's quotations."""
    summarised: bool = False
    """Whether the summary is included."""
    state_line: StateLine = "off"
    """What is included of the confirmed state."""

    def tokens_left(self, used: int) -> int:
        """Return how many tokens of the budget are left besides those `used` and the reserve."""
        return max(self.budget - used - self.reserve, 0)
