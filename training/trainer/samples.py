"""Sample continuations of a few fixed prompts during training, to show what the numbers mean.

Prompts, seeds and settings are the same each time. The random numbers are the sampler's own, so
training continues as if there had been no samples.
"""

from collections.abc import Callable
from itertools import takewhile
from typing import Any

import torch

from dungeon import transcript
from dungeon.generator.torch_decoding import TorchDecoder
from dungeon.settings.sampling import Sampling
from dungeon.transcript import ActionLine, Prose
from training.models.record import Sample

MAX_TOKENS = 48

SAMPLING = Sampling(
    temperature=0.8, top_k=40, top_p=1.0, min_p=0.0, repeat_penalty=1.0, dry_multiplier=0.0
)

PROMPTS = (
    (
        Prose("You stand in the hall of an old house. Rain drums on the roof, and a door is ajar."),
        ActionLine("You open the door."),
    ),
    (
        Prose("The market is closing. A boy with your purse in his hand runs into an alley."),
        ActionLine('You say "Stop!"'),
    ),
    (
        Prose("Your lamp is nearly empty, and something breathes in the dark below the stairs."),
        ActionLine("You go down the stairs."),
    ),
)
"""Openings in the form that models are trained on."""


def generate_samples(
    model: Any,
    tokenizer: Any,
    *,
    seed: int,
    max_tokens: int = MAX_TOKENS,
    is_interrupted: Callable[[], bool] = lambda: False,
) -> list[Sample]:
    """Return the model's continuation of each of the fixed prompts.

    `is_interrupted` is asked before every token; what is left is not written where it is true.
    """
    was_training = model.training
    model.eval()
    try:
        decoder = TorchDecoder(model, tokenizer)
        with torch.compiler.set_stance("force_eager"):  # each length would be compiled anew
            return [
                _sample(
                    decoder,
                    transcript.as_prompt(transcript.write(blocks)),
                    seed,
                    max_tokens,
                    is_interrupted,
                )
                for seed, blocks in enumerate(PROMPTS, seed)
                if not is_interrupted()
            ]
    finally:
        model.train(was_training)


def _sample(
    decoder: TorchDecoder,
    prompt: str,
    seed: int,
    max_tokens: int,
    is_interrupted: Callable[[], bool],
) -> Sample:
    ids = decoder.encode(prompt, add_special_tokens=False)
    continuation = decoder.continuation(ids, SAMPLING, seed)
    steps = decoder.decode([continuation], max_tokens, stops_early=False)
    text = "".join(text for [text] in takewhile(lambda _: not is_interrupted(), steps))
    return Sample(prompt, text.strip())
