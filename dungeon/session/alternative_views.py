"""What both front ends show of the tokens of a reply."""

from collections.abc import Iterator

from dungeon.generator.token_scores import ScoredReply, ScoredToken

SHOWN = 5
"""Alternatives of one token in a list of all."""


def percentage(probability: float) -> str:
    """Return a probability for reading."""
    return f"{probability:.0%}" if probability >= 0.01 else "< 1%"


def visible_text(text: str) -> str:
    """Return a token's text on one line: a line break is shown as a sign."""
    return text.strip() or "¶"


def alternative_lines(reply: ScoredReply) -> Iterator[str]:
    """Yield a line for each token: its number, the token, and the likeliest other ones."""
    width = min(max((len(visible_text(token.text)) for token in reply.tokens), default=0), 20)
    for number, token in enumerate(reply.tokens, 1):
        shown = f"{visible_text(token.text):<{width}} {percentage(token.probability):>4}"
        yield f"{number:>4}  {shown}   {_others(token)}".rstrip()


def _others(token: ScoredToken) -> str:
    return ", ".join(
        f"{visible_text(each.text)} {percentage(each.probability)}"
        for each in token.alternatives[:SHOWN]
    )
