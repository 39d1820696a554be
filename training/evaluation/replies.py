"""Generate the replies to the fixed prompts that a model is evaluated on, in batches.

Sampling is the game's, and a reply ends where the game would stop it: at the player's next line.
Nothing is corrected afterwards, so the model is measured and not the game.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dungeon.generator.torch_decoding import TorchDecoder
from dungeon.sampling import PRESETS
from dungeon.transcript import STOP
from training.evaluation.metrics import Reply
from training.evaluation.prompts import Prompt
from training.models.loading import LoadedModel

SAMPLING = replace(next(iter(PRESETS.values())), dry_multiplier=0.0)
"""The game's default, without the DRY penalty, which would hide a model's loops."""

MAX_TOKENS = 80
"""Length at which a reply is cut off."""

OnReplies = Callable[[int], None]
"""Receives the number of replies that are written."""


def generate_replies(
    loaded: LoadedModel,
    prompts: Sequence[Prompt],
    *,
    seed: int = 0,
    batch_size: int = 12,
    device: str = "cpu",
    on_progress: OnReplies = lambda _: None,
) -> list[Reply]:
    """Return the model's reply to each prompt.

    The same model and seed give the same replies on the same device, up to its rounding.
    """
    model: Any = loaded.model
    decoder = TorchDecoder(model.to(device), loaded.tokenizer)
    max_tokens = min(MAX_TOKENS, loaded.context_length // 2)
    max_prompt_tokens = loaded.context_length - max_tokens
    replies: list[Reply] = []
    for start in range(0, len(prompts), batch_size):
        batch = prompts[start : start + batch_size]
        continuations = [
            decoder.continuation(
                decoder.encode(prompt.text)[-max_prompt_tokens:], SAMPLING, seed + number, (STOP,)
            )
            for number, prompt in enumerate(batch, start)
        ]
        texts = decoder.complete(continuations, max_tokens)
        for prompt, each, text in zip(batch, continuations, texts, strict=True):
            has_ended = each.finish_reason == "stop"
            replies.append(Reply(text.strip(), has_ended, prompt.action, prompt.other_actions))
        on_progress(len(replies))
    return replies
