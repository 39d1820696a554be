"""Provides replies that nobody has read before, so that no two turns are alike.

Made-up words keep the game from taking a reply for a loop. Knows nothing of scripts or games.
"""

import random


def replies(chance: random.Random, count: int) -> list[str]:
    """Return `count` replies of two to four sentences."""
    return [_reply(chance) for _ in range(count)]


def _reply(chance: random.Random) -> str:
    sentences = (
        " ".join(_word(chance) for _ in range(chance.randint(6, 14)))
        for _ in range(chance.randint(2, 4))
    )
    return " ".join(f"The {sentence}." for sentence in sentences)


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("bdfgklmnprst") + chance.choice("aeiou") for _ in range(3))
