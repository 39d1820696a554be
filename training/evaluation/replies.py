"""Generate a model's replies to the fixed prompts.

Sampling is the game's, and a reply ends where the game would stop it: at the player's next line.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dungeon.generator.continuation import Continuation
from dungeon.generator.torch_decoding import TorchDecoder
from dungeon.settings.presets import PRESETS
from dungeon.transcript import STOP
from training.evaluation.metrics import Reply
from training.evaluation.perplexity import shuffled
from training.evaluation.prompts import Prompt
from training.models.loading import LoadedModel

SAMPLING = replace(next(iter(PRESETS.values())), dry_multiplier=0.0)
"""The game's default, without the DRY penalty, which would hide a model's loops."""

MAX_TOKENS = 80
"""Length at which a reply is cut off."""

BATCH_SIZE = 12
"""Replies that are written together."""


def generate_replies(
    loaded: LoadedModel,
    prompts: Sequence[Prompt],
    *,
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
    device: str = "cpu",
    on_progress: Callable[[float], None] = lambda _: None,
    is_time_over: Callable[[], bool] = lambda: False,
) -> dict[int, Reply]:
    """Return the model's reply to each prompt, by the prompt's number.

    Nothing is corrected afterwards, as the game would. The same model and seed give the same
    replies on the same device, up to its rounding. `on_progress` receives the number of replies
    that are written, with the part of the current ones. The prompts are taken in random order, so
    that those before `is_time_over` are a sample of all; the batch at work then does not count.
    """
    model: Any = loaded.model
    decoder = TorchDecoder(model.to(device), loaded.tokenizer)
    max_tokens = min(MAX_TOKENS, loaded.context_length // 2)
    max_prompt_tokens = loaded.context_length - max_tokens
    order = shuffled(len(prompts))
    replies: dict[int, Reply] = {}
    for start in range(0, len(prompts), batch_size):
        numbers = order[start : start + batch_size]
        batch = [
            decoder.continuation(
                decoder.encode(prompts[number].text)[-max_prompt_tokens:],
                SAMPLING,
                seed + number,
                (STOP,),
            )
            for number in numbers
        ]
        pieces: list[list[str]] = []
        on_progress(start)
        for texts in decoder.decode(batch, max_tokens):
            if is_time_over():
                return dict(sorted(replies.items()))
            pieces.append(texts)
            on_progress(start + len(batch) * len(pieces) / (max_tokens + 1))
        for number, each, *text in zip(numbers, batch, *pieces, strict=True):
            replies[number] = _reply(prompts[number], each, "".join(text))
        on_progress(len(replies))
    return dict(sorted(replies.items()))


def _reply(prompt: Prompt, continuation: Continuation, text: str) -> Reply:
    has_ended = continuation.finish_reason == "stop"
    return Reply(text.strip(), has_ended, prompt.action, prompt.other_actions)
