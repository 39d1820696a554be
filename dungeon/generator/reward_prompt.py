"""How a reward model is asked for a score: the prompt and the reply, and then one digit.

A reward model is a language model with an adapter that was trained on scored replies (`grue train
--scores`): the next token is a score from 0 to 4. Training and play ask it alike.
"""

from collections.abc import Sequence

from dungeon.transcript import SEPARATOR

SCORES = ("0", "1", "2", "3", "4")
"""The tokens that follow, the worst first: nonsense, a contradiction, a slip, good, very good."""

QUESTION = f"{SEPARATOR}Score:"
"""What stands between a reply and its score."""


def reward_prompt(prompt: str, reply: str) -> str:
    """Return the text whose next token is the score of `reply`, which stands after `prompt`."""
    return prompt + SEPARATOR + reply + QUESTION


def expected_score(probabilities: Sequence[float]) -> float:
    """Return the mean of SCORES under their probabilities, from 0 to 4; they need not sum to 1.

    0 where none of them is likely at all.
    """
    total = sum(probabilities)
    return sum(number * p for number, p in enumerate(probabilities)) / total if total else 0.0
