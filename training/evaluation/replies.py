"""Provides `replies()`: what a model writes after the fixed prompts, many at a time.

It draws as the game's storyteller does, and ends where the game would stop it: at the player's next
line. Nothing is mended afterwards, so the model is measured and not the game. Knows nothing of what
is counted in the replies.
"""

from collections.abc import Callable, Iterator, Sequence
from types import MappingProxyType
from typing import Any

import torch

from dungeon.text import clean
from dungeon.transcript import STOP
from training.evaluation.metrics import Reply
from training.evaluation.prompts import Prompt
from training.models.loading import LoadedModel

SAMPLING = MappingProxyType(
    {"temperature": 0.7, "top_p": 0.95, "min_p": 0.1, "repetition_penalty": 1.08}
)
"""The game's own settings but for its guard against loops, which would hide a model's; a test holds
the two together."""

MAX_TOKENS = 80
"""Length at which a reply is cut off."""

_CANDIDATES = 512
"""Likeliest tokens that are looked at; min_p leaves more only where none has a chance of 2 %."""

OnReplies = Callable[[int], None]
"""Receives the number of replies that are written."""


def generate_replies(
    loaded: LoadedModel,
    prompts: Sequence[Prompt],
    *,
    seed: int = 0,
    rows: int = 12,
    device: str = "cpu",
    on_progress: OnReplies = lambda _: None,
) -> list[Reply]:
    """Return the model's reply to each prompt, `rows` of them written at a time.

    The same model, seed and number of rows give the same replies on the same device.
    """
    model: Any = loaded.model
    model.to(device)
    written: list[Reply] = []
    for number, batch in enumerate(_batches(prompts, rows)):
        torch.manual_seed(seed + number)
        written += _written(model, loaded.tokenizer, loaded.context_length, batch, device)
        on_progress(len(written))
    return written


def _batches(prompts: Sequence[Prompt], rows: int) -> Iterator[Sequence[Prompt]]:
    for start in range(0, len(prompts), rows):
        yield prompts[start : start + rows]


def _written(
    model: Any, tokenizer: Any, context_length: int, batch: Sequence[Prompt], device: str
) -> list[Reply]:
    """Return the replies to a batch; shorter prompts are filled up in front, and not looked at."""
    end = tokenizer.eos_token_id
    length = min(MAX_TOKENS, context_length // 2)
    room = context_length - length
    ids = [tokenizer(prompt.text)["input_ids"][-room:] for prompt in batch]
    longest = max(map(len, ids))
    rows = torch.tensor([[end] * (longest - len(row)) + row for row in ids], device=device)
    seen = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in ids], device=device)
    with torch.no_grad():
        told = model.generate(
            input_ids=rows,
            attention_mask=seen,
            do_sample=True,
            top_k=0,
            max_new_tokens=length,
            eos_token_id=end,
            pad_token_id=end,
            repetition_penalty=SAMPLING["repetition_penalty"],
            logits_processor=[_as_the_game_draws],
        )
    return [
        _reply(tokenizer, row[longest:].tolist(), end, prompt)
        for row, prompt in zip(told, batch, strict=True)
    ]


def _as_the_game_draws(_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
    """Return the scores of what top_p and min_p leave, temperature last, as llama.cpp has it.

    transformers would sort the whole vocabulary twice for it, and spend longer on that than on
    thinking.
    """
    chances, tokens = torch.softmax(scores.float(), -1).topk(min(_CANDIDATES, scores.shape[-1]))
    before = chances.cumsum(-1) - chances
    kept = (before < SAMPLING["top_p"]) & (chances >= SAMPLING["min_p"] * chances[:, :1])
    left = torch.where(kept, chances.log() / SAMPLING["temperature"], -torch.inf)
    return torch.full_like(scores, -torch.inf).scatter(-1, tokens, left.to(scores.dtype))


def _reply(tokenizer: Any, ids: list[int], end: int, prompt: Prompt) -> Reply:
    ended = end in ids
    text = tokenizer.decode(ids[: ids.index(end)] if ended else ids, skip_special_tokens=True)
    told, line, _ = clean(text).partition(STOP)
    return Reply(told.strip(), ended or bool(line), prompt.action, prompt.other_actions)
