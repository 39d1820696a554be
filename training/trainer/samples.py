"""Provides what a model says to a few fixed prompts, so that a reader sees what the numbers mean.

The same prompts, seeds and settings each time. Draws from a source of chance of its own, so the
training goes on as if nobody had asked. Knows nothing of how a game plays.
"""

from dataclasses import dataclass
from typing import Any

import torch

from dungeon import transcript
from dungeon.text import clean
from dungeon.transcript import ActionLine, Prose
from training.data.tokens import fast_tokenizer

TOKENS = 48
TEMPERATURE = 0.8
TOP_K = 40

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


@dataclass(frozen=True, slots=True)
class Sample:
    """A prompt and how the model went on."""

    prompt: str
    text: str


def generate_samples(
    model: Any, tokenizer: Any, *, seed: int, tokens: int = TOKENS
) -> list[Sample]:
    """Return how the model goes on from each of the fixed prompts."""
    plain = fast_tokenizer(tokenizer)
    training = model.training
    model.eval()
    try:
        found = []
        for number, blocks in enumerate(PROMPTS):
            prompt = transcript.as_prompt(transcript.write(blocks))
            ids = plain.encode(prompt, add_special_tokens=False).ids
            said = _continued(model, ids, tokens, seed + number)
            if (end := tokenizer.eos_token_id) in said:
                said = said[: said.index(end)]
            text = plain.decode(said, skip_special_tokens=True)
            found.append(Sample(prompt, clean(text).strip()))
        return found
    finally:
        model.train(training)


@torch.no_grad()
def _continued(model: Any, prompt: list[int], tokens: int, seed: int) -> list[int]:
    """Return `tokens` ids after the prompt: always so many, because with sharded weights every
    process has to call the model equally often.
    """
    device = next(model.parameters()).device
    chance = torch.Generator().manual_seed(seed)
    given = torch.tensor([prompt], device=device)
    past = None
    said: list[int] = []
    with torch.compiler.set_stance("force_eager"):  # each length would be compiled anew
        for _ in range(tokens):
            place = len(prompt) + len(said) - given.shape[1]
            positions = torch.arange(place, place + given.shape[1], device=device).unsqueeze(0)
            out = model(
                input_ids=given, position_ids=positions, past_key_values=past, use_cache=True
            )
            past = out.past_key_values
            logits = out.logits[0, -1].float().cpu() / TEMPERATURE
            best = torch.topk(logits, min(TOP_K, len(logits)))
            drawn = torch.multinomial(best.values.softmax(-1), 1, generator=chance)
            said.append(int(best.indices[drawn]))
            given = torch.tensor([[said[-1]]], device=device)
    return said
