"""Encode preference pairs as token ids, as a prompt of the game and the replies to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer

from dungeon.transcript import SEPARATOR, STOP
from training.data.tokens import fast_tokenizer
from training.preferences.pairs import Pair

_END = f"\n{STOP}"
"""What follows a complete reply: a blank line, and the mark of the player's line."""


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """A pair as token ids; prompt and reply have at most `max_seq_length` together."""

    prompt_ids: list[int]
    chosen_ids: list[int]
    rejected_ids: list[int]
    is_cut: bool
    """Whether the beginning of the prompt, or the end of a reply, was left out."""

    @property
    def tokens(self) -> int:
        """Tokens of both sequences."""
        return 2 * len(self.prompt_ids) + len(self.chosen_ids) + len(self.rejected_ids)


def encode_pairs(
    pairs: Iterable[Pair], tokenizer: Any, *, max_seq_length: int
) -> list[EncodedPair]:
    """Return the ids of each pair. A reply has at most half of `max_seq_length` tokens.

    What is too long loses the beginning of the prompt, as in the game.
    """
    plain = fast_tokenizer(tokenizer)
    return [_encode_pair(pair, plain, max_seq_length) for pair in pairs]


def _encode_pair(pair: Pair, plain: Tokenizer, max_seq_length: int) -> EncodedPair:
    prompt = plain.encode(pair.prompt).ids
    replies = [
        _encode_reply(pair.prompt, text, is_complete, plain, len(prompt))
        for text, is_complete in (
            (pair.chosen, pair.chosen_is_complete),
            (pair.rejected, pair.rejected_is_complete),
        )
    ]
    chosen, rejected = (ids[: max_seq_length // 2] for ids in replies)
    room = max_seq_length - max(len(chosen), len(rejected))
    is_cut = len(prompt) > room or any(len(ids) > max_seq_length // 2 for ids in replies)
    return EncodedPair(prompt[-room:], chosen, rejected, is_cut)


def _encode_reply(
    prompt: str, text: str, is_complete: bool, plain: Tokenizer, prompt_tokens: int
) -> list[int]:
    """Return the ids of a reply behind its prompt; the border is at a blank line, and exact."""
    end = _END if is_complete else ""
    ids: list[int] = plain.encode(prompt + SEPARATOR + text + end).ids
    return ids[prompt_tokens:]
