"""What both front ends show of the words of a reply and of others in their places."""

from collections.abc import Iterator

from dungeon.generator.scored_words import ScoredReply, ScoredWord

SHOWN = 5
"""Alternatives of one word in a list of all."""


def percentage(probability: float) -> str:
    """Return a probability for reading."""
    return f"{probability:.0%}" if probability >= 0.01 else "< 1%"


def visible_text(text: str) -> str:
    """Return a word on one line: a line break is shown as a sign."""
    return text.strip() or "¶"


def alternative_lines(reply: ScoredReply) -> Iterator[str]:
    """Yield a line for each word: its number, the word, and the likeliest other ones."""
    width = min(max((len(visible_text(word.text)) for word in reply.words), default=0), 20)
    for number, word in enumerate(reply.words, 1):
        shown = f"{visible_text(word.text):<{width}} {percentage(word.probability):>4}"
        yield f"{number:>4}  {shown}   {_others(word)}".rstrip()


def _others(word: ScoredWord) -> str:
    return ", ".join(
        f"{visible_text(each.text)} {percentage(each.probability)}"
        for each in word.alternatives[:SHOWN]
    )
