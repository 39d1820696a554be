"""Measure how fast a model reads and writes here, and estimate how long an evaluation takes."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from dungeon.generator.torch_decoding import TorchDecoder
from dungeon.settings.sampling import Sampling
from training.data.tokens import fast_tokenizer
from training.models.loading import LoadedModel

_READ_TOKENS = 128
_WRITTEN_STEPS = 3
_SAMPLE_CHARACTERS = 2_000
"""Characters of each of a few texts whose tokens are counted."""
_SAMPLE_TEXTS = 10


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model is."""

    tokens_per_second: float
    """When it reads a text."""
    seconds_per_step: float
    """When it writes: for the next token of each reply of a batch."""

    def reading_seconds(self, loaded: LoadedModel, texts: Sequence[str], window: int = 0) -> float:
        """Return the time for reading `texts`; the window is that of `evaluate_held_out`."""
        length = min(window or loaded.context_length, loaded.context_length)
        ratio = _tokens_per_character(loaded, texts)
        tokens = (len(text) * ratio for text in texts)
        # Windows overlap by half, so that all but the first one reads each token twice.
        read = sum(each if each <= length else 2 * each - length for each in tokens)
        return read / self.tokens_per_second

    def writing_seconds(self, replies: int, batch_size: int, max_tokens: int) -> float:
        """Return the time for writing `replies` of the maximum length."""
        return math.ceil(replies / batch_size) * max_tokens * self.seconds_per_step


def measure_speed(loaded: LoadedModel, batch_size: int, device: str) -> Speed:
    """Return the speed of the model; `batch_size` is the number of replies written together."""
    model: Any = loaded.model
    model.to(device)
    count = min(_READ_TOKENS, loaded.context_length // 2)
    ids = torch.full((1, count), loaded.tokenizer.eos_token_id, device=device)

    def read(tokens: int) -> None:
        with torch.no_grad():
            float(model(input_ids=ids[:, :tokens], use_cache=False).logits.sum())

    read(2)  # the first pass sets up what later ones use
    started = time.perf_counter()
    read(count)
    return Speed(count / _since(started), _step_seconds(loaded, batch_size))


def _step_seconds(loaded: LoadedModel, batch_size: int) -> float:
    decoder = TorchDecoder(loaded.model, loaded.tokenizer)
    prompt = decoder.encode("You wait.")
    batch = [decoder.continuation(prompt, Sampling(), seed) for seed in range(batch_size)]
    steps = decoder.decode(batch, 1 + _WRITTEN_STEPS, stops_early=False)
    next(steps)  # has read the prompt
    started = time.perf_counter()
    written = sum(1 for _ in steps)
    return _since(started) / max(written, 1)


def _since(started: float) -> float:
    return max(time.perf_counter() - started, 1e-6)


def _tokens_per_character(loaded: LoadedModel, texts: Sequence[str]) -> float:
    plain = fast_tokenizer(loaded.tokenizer)
    step = max(len(texts) // _SAMPLE_TEXTS, 1)
    sample = [text[:_SAMPLE_CHARACTERS] for text in texts[::step] if text]
    characters = sum(map(len, sample))
    return sum(len(plain.encode(text).ids) for text in sample) / characters if characters else 0.0
