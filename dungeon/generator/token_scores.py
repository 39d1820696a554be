"""The probabilities of a reply's tokens, and of those that could stand in their places."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from dungeon.errors import GeneratorError
from dungeon.text import clean
from dungeon.transcript import END_MARK, SEPARATOR

COUNT = 40
"""The likeliest tokens that an engine is asked for in each place."""

MAX_ALTERNATIVES = 11
"""The likeliest tokens that are listed besides each one while a reply is written, of those among
which it was sampled. The sampling settings seldom leave more."""

NOT_SUPPORTED = (
    "This model server does not say how likely other words were. The models that run in the game "
    "and llama.cpp servers do."
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could stand in a place."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class ScoredToken:
    """A token of a reply."""

    text: str
    probability: float
    """The model's own, before sampling, where no action's mark may stand; 0 where the token is
    none of the COUNT likeliest.
    """
    alternatives: tuple[Alternative, ...] = ()
    """The other ones, the likeliest first."""


@runtime_checkable
class TokenScorer(Protocol):
    """A generator that can score tokens."""

    async def score_tokens(self, prompt: str, reply: str) -> tuple[ScoredToken, ...]:
        """Return the tokens of `reply`, which stands after `prompt` and a blank line.

        Raises InputRefused where that cannot be told, and GeneratorError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Candidates:
    """What an engine says of one place: the token that stands there, and the likeliest ones."""

    piece: bytes
    likeliest: Sequence[tuple[bytes, float]]
    """Each with its probability."""


def scored_tokens(places: Iterable[Candidates]) -> tuple[ScoredToken, ...]:
    """Return the tokens in `places`, whose pieces are a blank line and a reply.

    The tokens of one character become one, since neither is text by itself.
    """
    scored: list[ScoredToken] = []
    piece, first = b"", None
    left = len(SEPARATOR)
    for place in places:
        skipped = min(left, len(place.piece))
        left -= skipped
        piece += place.piece[skipped:]
        first = first or place
        if not piece:
            first = None
            continue
        text = _decode(piece)
        if text is not None:
            scored.append(_score(text, piece, first))
            piece, first = b"", None
    if piece and first is not None:
        scored.append(_score(piece.decode("utf-8", "replace"), piece, first))
    return tuple(scored)


def _score(text: str, piece: bytes, place: Candidates) -> ScoredToken:
    mark = END_MARK.encode()
    allowed = max(1 - sum(p for other, p in place.likeliest if mark in other), 1e-6)
    own = next((p for other, p in place.likeliest if other == place.piece), 0.0) / allowed
    others = (
        Alternative(decoded, probability / allowed)
        for other, probability in place.likeliest
        if other not in (piece, place.piece) and (decoded := _decode(other)) and _may_stand(decoded)
    )
    return ScoredToken(text, own, tuple(others))


def _decode(piece: bytes) -> str | None:
    """Return the text of `piece`; None where it is part of a character."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return None


def _may_stand(text: str) -> bool:
    """Whether a reply may contain `text`: some tokens are none, others end the reply."""
    return clean(text) == text and END_MARK not in text and bool(text.strip())


def parse_candidates(piece: bytes, answer: Any) -> Candidates:
    """Return the candidates in a response of llama.cpp's `/completion`. Raises GeneratorError."""
    match answer:
        case {"completion_probabilities": [{"top_logprobs": list(listed)}, *_]}:
            likeliest = [
                (bytes(each["bytes"]), math.exp(min(each["logprob"], 0.0))) for each in listed
            ]
            return Candidates(piece, likeliest)
        case _:
            raise GeneratorError("The model server did not say how likely its tokens are.")


def parse_alternatives(text: str, answer: Any) -> tuple[Alternative, ...]:
    """Return what llama.cpp could have sent instead of `text`, which ends with a token, from the
    `logprobs` of a choice with `post_sampling_probs`.
    """
    match answer:
        case {"content": [{"id": token, "top_probs": list(listed)}]}:
            pieces = dict(_sampled_pieces(listed))
            sampled, _ = pieces.pop(token, (b"", 0.0))
            return _replace_ending(text, _decode(sampled), pieces.values())
        case _:
            return ()


def parse_probability(answer: Any) -> float | None:
    """Return how likely a chunk was, from the `logprobs` of a choice with `post_sampling_probs`;
    None where they are others, or none.
    """
    match answer:
        case {"content": [_, *_] as tokens}:
            found = [each.get("prob") for each in tokens if isinstance(each, dict)]
            known = [p for p in found if isinstance(p, int | float) and 0 <= p <= 1]
            return math.prod(known) if len(known) == len(tokens) else None
        case _:
            return None


def _sampled_pieces(listed: Iterable[Any]) -> Iterator[tuple[int, tuple[bytes, float]]]:
    """Yield the id of each listed token, with its piece and probability."""
    for each in listed:
        match each:
            case {"id": int(token), "bytes": list(piece), "prob": int() | float() as probability}:
                yield token, (bytes(piece), probability)


def _replace_ending(
    text: str, ending: str | None, listed: Iterable[tuple[bytes, float]]
) -> tuple[Alternative, ...]:
    """Return `text` with each of the listed tokens in place of its ending, as far as they may stand
    in a reply; nothing where it has another ending, as where that is part of a character.
    """
    if not ending or not text.endswith(ending):
        return ()
    held = text.removesuffix(ending)
    decoded = ((_decode(piece), probability) for piece, probability in listed)
    return possible_alternatives((held + each, chance) for each, chance in decoded if each)


def possible_alternatives(listed: Iterable[tuple[str, float]]) -> tuple[Alternative, ...]:
    """Return those of the texts, each with its probability, that may stand in a reply."""
    return tuple(
        Alternative(text, probability)
        for text, probability in listed
        if probability > 0 and _may_stand(text)
    )
