"""Encode scored replies as token ids: a prompt of the game, and behind each reply the question."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tokenizers import Tokenizer

from dungeon.errors import InputRefused
from dungeon.generator.reward_prompt import QUESTION, SCORES, reward_prompt
from training.data.tokens import fast_tokenizer
from training.rewards.scored_replies import Situation


@dataclass(frozen=True, slots=True)
class EncodedSituation:
    """A situation as token ids; the prompt and a reply have at most `max_seq_length` together."""

    prompt_ids: list[int]
    reply_ids: list[list[int]]
    """Of each reply, with the question behind it."""
    scores: list[int]
    is_cut: bool
    """Whether the beginning of the prompt, or the end of a reply, was left out."""

    @property
    def tokens(self) -> int:
        """Tokens of the prompt and of all replies to it."""
        return len(self.prompt_ids) + sum(map(len, self.reply_ids))


def score_ids(tokenizer: Any) -> list[int]:
    """Return the token of each score, the lowest first.

    Raises InputRefused where a score behind the question is not one token.
    """
    plain = fast_tokenizer(tokenizer)
    asked = reward_prompt("A door.", "It opens.")
    before: list[int] = plain.encode(asked).ids
    answered = [plain.encode(asked + score).ids for score in SCORES]
    found = [ids[-1] for ids in answered]
    if any(ids[:-1] != before for ids in answered) or len(set(found)) < len(SCORES):
        raise InputRefused(
            "A reward model answers with a single token, and this model's tokenizer does not write "
            f"each score from {SCORES[0]} to {SCORES[-1]} behind “{QUESTION.strip()}” as one. "
            "Choose another base."
        )
    return found


def encode_situations(
    situations: Iterable[Situation], tokenizer: Any, *, max_seq_length: int
) -> list[EncodedSituation]:
    """Return the ids of each situation. A reply has at most half of `max_seq_length` tokens.

    What is too long loses the beginning of the prompt, as in the game. Raises InputRefused where
    there is no room for a reply.
    """
    plain = fast_tokenizer(tokenizer)
    question: list[int] = plain.encode(QUESTION).ids
    if max_seq_length // 2 <= len(question):
        raise InputRefused(
            f"“{QUESTION.strip()}”, which stands behind every reply, is {len(question)} tokens. "
            f"Give at least {2 * len(question) + 2} with --max-seq-length."
        )
    return [_encode(each, plain, question, max_seq_length) for each in situations]


def _encode(
    situation: Situation, plain: Tokenizer, question: list[int], max_seq_length: int
) -> EncodedSituation:
    """Return the ids; the borders are at blank lines, and exact."""
    prompt = plain.encode(situation.prompt).ids
    whole = [
        plain.encode(reward_prompt(situation.prompt, reply.text)).ids[len(prompt) :]
        for reply in situation.replies
    ]
    limit = max_seq_length // 2
    replies = [
        ids if len(ids) <= limit else ids[: limit - len(question)] + question for ids in whole
    ]
    room = max_seq_length - max(map(len, replies))
    is_cut = len(prompt) > room or any(len(ids) > limit for ids in whole)
    scores = [reply.score for reply in situation.replies]
    return EncodedSituation(prompt[-room:], replies, scores, is_cut)
