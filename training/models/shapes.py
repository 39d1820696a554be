"""Provides models of a named shape with random weights, and a tokenizer trained on the corpus.

For trials, tests and benchmarks: `--base gpt2-tiny --from-scratch`. Knows nothing of training.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dungeon.errors import InputRefused
from training.models.loading import LoadedModel

END_OF_TEXT = "<|endoftext|>"
"""How GPT-2's vocabulary spells its end-of-text token."""

POSITIONS = 1024

_SMALLEST_VOCABULARY = 257
"""256 bytes and the end of a text."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a model."""

    layers: int
    heads: int
    width: int
    vocabulary: int = 50257
    positions: int = POSITIONS


SHAPES = {
    "gpt2-tiny": Shape(layers=2, heads=2, width=32, vocabulary=1024, positions=256),
    "gpt2": Shape(layers=12, heads=12, width=768),
    "gpt2-medium": Shape(layers=24, heads=16, width=1024),
    "gpt2-large": Shape(layers=36, heads=20, width=1280),
    "gpt2-xl": Shape(layers=48, heads=25, width=1600),
}
"""GPT-2's four sizes (Radford et al. 2019, table 2) and one for trials."""


def shape(name: str) -> Shape:
    """Return the shape called `name`. Raises InputRefused where there is none."""
    if name not in SHAPES:
        raise InputRefused(
            f"There is no shape {name!r} to begin from scratch with. Give one of "
            f"{', '.join(SHAPES)} with --base."
        )
    return SHAPES[name]


def new_tokenizer(texts: Iterable[str], size: int) -> Any:
    """Return a byte-level BPE tokenizer of at most `size` tokens, trained on `texts`."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(
        texts,
        vocab_size=max(size, _SMALLEST_VOCABULARY),
        min_frequency=2,
        special_tokens=[END_OF_TEXT],
        show_progress=False,
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=trained._tokenizer,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
        model_max_length=POSITIONS,
    )


def load_from_scratch(name: str, tokenizer: Any, *, seed: int) -> LoadedModel:
    """Return a model of the shape called `name` for a tokenizer."""
    wanted = shape(name)
    content = f"{wanted}\n{seed}\n{tokenizer.backend_tokenizer.to_str()}"
    digest = hashlib.sha256(content.encode()).hexdigest()
    model = new_model(wanted, tokenizer, seed=seed)
    return LoadedModel(
        model, tokenizer, name, digest, reference=name, context_length=wanted.positions
    )


def new_model(wanted: Shape, tokenizer: Any, *, seed: int) -> Any:
    """Return a GPT-2 of this shape with random weights, for the tokenizer's vocabulary.

    `n_ctx` is written into its configuration: llama.cpp's converter reads it there.
    """
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    end = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=wanted.positions,
        n_embd=wanted.width,
        n_layer=wanted.layers,
        n_head=wanted.heads,
        bos_token_id=end,
        eos_token_id=end,
    )
    config.n_ctx = wanted.positions
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return GPT2LMHeadModel(config)
