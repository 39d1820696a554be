"""Create models of a named shape with random weights, and train a tokenizer for them.

`grue train --from-scratch --base gpt2-10m`; `gpt2-tiny` is for trials, tests and benchmarks.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Thread
from typing import Any

from dungeon.errors import InputRefused
from dungeon.text.error_words import in_quotes
from training.models.loading import LoadedModel

END_OF_TEXT = "<|endoftext|>"
"""GPT-2's end-of-text token."""

POSITIONS = 1024

_MIN_VOCABULARY = 257
"""256 bytes and the end-of-text token."""

_INTERRUPT_SECONDS = 0.2
"""Time between two looks at whether a thread has ended."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a GPT-2 model."""

    layers: int
    heads: int
    width: int
    vocabulary: int = 50257
    positions: int = POSITIONS


SHAPES = {
    "gpt2-tiny": Shape(layers=2, heads=2, width=32, vocabulary=1024, positions=256),
    "gpt2-3m": Shape(layers=5, heads=3, width=192, vocabulary=4096),
    "gpt2-10m": Shape(layers=7, heads=5, width=320, vocabulary=4096),
    "gpt2-30m": Shape(layers=8, heads=8, width=512, vocabulary=8192),
    "gpt2": Shape(layers=12, heads=12, width=768),
    "gpt2-medium": Shape(layers=24, heads=16, width=1024),
    "gpt2-large": Shape(layers=36, heads=20, width=1280),
    "gpt2-xl": Shape(layers=48, heads=25, width=1600),
}
"""GPT-2's four sizes (Radford et al. 2019, table 2), one for trials, three for scratch.

Heads have 64 channels, as GPT-2's have. With GPT-2's vocabulary of 50,257 tokens nine tenths of 3M
parameters would be the embedding; smaller vocabularies keep it below a quarter, and the text a
third longer in tokens."""


def get_shape(name: str) -> Shape:
    """Return the shape called `name`. Raises InputRefused where there is none."""
    if name not in SHAPES:
        raise InputRefused(
            f"There is no shape {in_quotes(name)} to train from scratch. Give one of "
            f"{', '.join(SHAPES)} with --base."
        )
    return SHAPES[name]


def train_tokenizer(texts: Iterable[str], size: int) -> Any:
    """Return a byte-level BPE tokenizer of at most `size` tokens, trained on `texts`."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    trained = ByteLevelBPETokenizer()
    _run_interruptibly(
        lambda: trained.train_from_iterator(
            texts,
            vocab_size=max(size, _MIN_VOCABULARY),
            min_frequency=2,
            special_tokens=[END_OF_TEXT],
            show_progress=False,
        )
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=trained._tokenizer,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
        model_max_length=POSITIONS,
    )


def _run_interruptibly(work: Callable[[], object]) -> None:
    """Run `work`, which calls a library that does not listen to Ctrl-C, in a thread of its own."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits
            errors.append(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_INTERRUPT_SECONDS)
    if errors:
        raise errors[0]


def create_from_scratch(name: str, tokenizer: Any, *, seed: int) -> LoadedModel:
    """Return a model of the shape called `name`, with random weights, for a tokenizer."""
    shape = get_shape(name)
    content = f"{shape}\n{seed}\n{tokenizer.backend_tokenizer.to_str()}"
    digest = hashlib.sha256(content.encode()).hexdigest()
    model = create_model(shape, tokenizer, seed=seed)
    return LoadedModel(
        model, tokenizer, name, digest, reference=name, context_length=shape.positions
    )


def create_model(shape: Shape, tokenizer: Any, *, seed: int) -> Any:
    """Return a GPT-2 of this shape with random weights, for the tokenizer's vocabulary.

    Its config has `n_ctx`, too, where llama.cpp's converter reads the context length.
    """
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    end = tokenizer.eos_token_id
    config = GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=shape.positions,
        n_embd=shape.width,
        n_layer=shape.layers,
        n_head=shape.heads,
        bos_token_id=end,
        eos_token_id=end,
    )
    config.n_ctx = shape.positions
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return GPT2LMHeadModel(config)
