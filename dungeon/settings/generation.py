"""How replies are generated: sampling, length, seed, and what a prompt holds besides the story."""

import random
from dataclasses import dataclass, field, replace

from dungeon.chat import FormatChoice
from dungeon.settings.biased_words import Biases
from dungeon.settings.presets import Presets
from dungeon.settings.sampling import Sampling
from dungeon.settings.summary_method import SummaryChoice, SummaryMethod
from dungeon.story.state_events import FinderChoice, StateFinder, StateLine, StateMode

SEED_STEP = 7919
"""Difference between the seeds of two turns, so that their attempts never share a seed."""

SHORTEST_REPLY, LONGEST_REPLY = 10, 400
"""Tokens that a player may ask for."""

MAX_LENGTH_RATIO = 2.0
"""A reply without the end of a sentence is cut at this many times its target length."""

MAX_BEST_OF = 8
"""The most replies that may be written to choose from."""

SENTENCE_TOKENS = 24
"""Tokens beyond its target length that every reply has to end its sentence."""


@dataclass(frozen=True, slots=True)
class GenerationSettings:
    """How replies are generated."""

    sampling: Sampling = field(default_factory=Sampling)
    reply_tokens: int = 80
    """The length a reply aims at; it ends with the sentence it is in."""
    default_reply_tokens: int = 80
    """The length of a new game, to which `/length default` goes back."""
    seed: int | None = None
    """None chooses a random seed for every reply."""
    retrieval: bool = True
    """Whether earlier turns that match the action are quoted in the prompt."""
    summary: SummaryChoice = "auto"
    """How the turns that no longer fit are summarised in the prompt, as the player chose."""
    recommended_summary: SummaryMethod = "off"
    """How they are summarised where that is left to the model."""
    banned_phrases: tuple[str, ...] = ()
    """Phrases that no reply contains."""
    biased_words: Biases = ()
    """Words that replies use more or less often than the model would."""
    bans_passages: bool = True
    """Whether no reply contains a passage of the story either."""
    write_ahead: bool = False
    """Whether the next continuation is written while the player reads."""
    presets: Presets = field(default_factory=Presets)
    """The sampling presets to choose from."""
    prompt_format: FormatChoice = "auto"
    """Whether the model gets the story as it is, or a chat in its own template."""
    state: StateMode = "ask"
    """What happens with changes of the story's state that are found."""
    state_line: StateLine = "things"
    """What of the confirmed state is told to the model."""
    state_finder: FinderChoice = "auto"
    """Who looks for changes of the state, as the player chose."""
    recommended_finder: StateFinder = "rules"
    """Who looks for them where that is left to the model."""
    best_of: int = 1
    """How many replies are written at most for each turn, to keep the likeliest."""

    @property
    def reply_characters(self) -> int:
        """The length in characters, at the four characters a token that English has."""
        return self.reply_tokens * 4

    @property
    def summary_method(self) -> SummaryMethod:
        """How the turns that no longer fit are summarised."""
        return self.recommended_summary if self.summary == "auto" else self.summary

    @property
    def asks_model_for_state(self) -> bool:
        """Whether the model is asked what a turn has changed."""
        chosen = self.recommended_finder if self.state_finder == "auto" else self.state_finder
        return chosen == "model" and self.state != "off"

    @property
    def max_tokens(self) -> int:
        """The maximum length of a reply in tokens."""
        doubled = int(self.reply_tokens * MAX_LENGTH_RATIO)
        return max(doubled, self.reply_tokens + SENTENCE_TOKENS)

    def seed_for(self, turn: int) -> int:
        """Return a seed for a turn by its number: a fixed one where the game has a seed."""
        if self.seed is None:
            return random.randrange(2**31)
        return (self.seed + SEED_STEP * turn) % 2**31

    def with_preset(self, name: str) -> "GenerationSettings":
        """Return these with the preset called `name`, and the guidance, which suits the model.

        Raises InputRefused.
        """
        sampling = replace(self.presets.get(name), guidance=self.sampling.guidance)
        return replace(self, sampling=sampling, presets=replace(self.presets, chosen=name))
