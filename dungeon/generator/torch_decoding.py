"""Decode with a causal language model of transformers: prefill, sample, detokenize.

The one decoding loop of Grue, for a single sequence with a prefix cache and for batches. The game's
torch generator, the Python API, evaluation and the samples of a training run share it.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from dungeon.generator.continuation import Continuation
from dungeon.generator.detokenizer import Detokenizer
from dungeon.generator.logit_bias import NO_BIAS, LogitBias
from dungeon.generator.sampler import Sampler
from dungeon.generator.tokens import Token
from dungeon.generator.torch_cache import PrefixCache, growing_cache
from dungeon.generator.torch_guidance import PREFILL_CHUNK, GuidedPair, OnPrefill, guided_row
from dungeon.generator.word_bias import all_spellings, token_biases
from dungeon.settings.biased_words import Biases
from dungeon.settings.sampling import DRY_BREAKERS, Sampling


@dataclass(frozen=True, slots=True)
class Guide:
    """What guides a continuation: the same prompt without the player's action."""

    prompt: list[int]
    """Token ids."""
    scale: float
    prefix: PrefixCache | None = None
    """A cache of its own, where both prompts cannot be rows of one batch."""
    logit_bias: LogitBias = field(default_factory=dict)
    """Of both prompts."""


class TorchDecoder:
    """A causal language model in memory with its tokenizer. Serves one caller at a time."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """Take a model of transformers, in evaluation mode, and its fast tokenizer."""
        self.model = model
        self.step: Callable[..., Any] = model
        """What is called with a single token a sequence: the model, or a compiled form of it."""
        self._tokenizer = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
        self._tokenizer.encode_special_tokens = True  # special tokens that are typed are plain text
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._source = tokenizer
        self._vocabulary = self._tokenizer.get_vocab_size(with_added_tokens=True)
        self.end_ids = _end_ids(model, tokenizer)
        """The tokens that end a text."""

    def encode(
        self, text: str, *, add_special_tokens: bool = True, parse_special: bool = False
    ) -> list[int]:
        """Return the token ids of `text`, after a beginning-of-text token where the model has one.

        Special tokens that it spells are plain text, or tokens with `parse_special`, as in a chat
        that a template has rendered. May be called from any thread.
        """
        tokenizer = self._template_tokenizer if parse_special else self._tokenizer
        ids: list[int] = tokenizer.encode(text, add_special_tokens=add_special_tokens).ids
        return ids

    def decode_ids(self, ids: Sequence[int]) -> str:
        """Return the text of token ids; part of a character is a replacement character."""
        text: str = self._tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def continuation(
        self,
        prompt: list[int],
        sampling: Sampling,
        seed: int,
        stop: Sequence[str] = (),
        banned: Sequence[str] = (),
        *,
        logit_bias: LogitBias = NO_BIAS,
        lists_alternatives: bool = False,
    ) -> Continuation:
        """Return a continuation of `prompt`, token ids, for `decode`.

        The tokens of the texts `banned` are never sampled. With `lists_alternatives` it says of
        each token what else could have been sampled.
        """
        breakers = self._dry_breakers if sampling.dry_multiplier > 0 else frozenset()
        ids = {id_ for text in banned for id_ in self._ids_of(text)}
        sampler = Sampler(sampling, seed, prompt, breakers, banned=ids, logit_bias=logit_bias)
        detokenizer = Detokenizer(self._tokenizer.decode, stop)
        return Continuation(
            prompt, sampler, detokenizer, self.end_ids, lists_alternatives=lists_alternatives
        )

    def logit_bias(self, biases: Biases) -> LogitBias:
        """Return the biases of the tokens of words."""
        return token_biases(biases, {text: self._tokens_of(text) for text in all_spellings(biases)})

    def decode(
        self,
        continuations: Sequence[Continuation],
        max_tokens: int,
        *,
        prefix: PrefixCache | None = None,
        on_prefill: OnPrefill | None = None,
        cancelled: threading.Event | None = None,
        stops_early: bool = True,
        guide: Guide | None = None,
    ) -> Iterator[list[str]]:
        """Yield after each token the new text of every continuation, until all are finished.

        Closing the iterator or setting `cancelled` ends the decoding before the next forward pass.
        `prefix` and `guide` are for a single continuation. With `max_tokens` 0 the prompt is read
        into it, and nothing is written. Without `stops_early` the model is called `max_tokens`
        times whatever it writes: with sharded weights all processes have to call it equally often.
        """
        batch = self._batch([each.prompt for each in continuations], prefix, guide)
        for each in continuations:
            each.cached_tokens = batch.read
        try:
            yield from self._decode(
                batch, continuations, max_tokens, on_prefill, cancelled, stops_early=stops_early
            )
        finally:
            batch.finish()

    def _batch(
        self, prompts: Sequence[list[int]], prefix: PrefixCache | None, guide: Guide | None
    ) -> "_Batch | _GuidedBatch | GuidedPair":
        if guide is None:
            return _Batch(self, prompts, prefix)
        if guide.prefix is None and prefix is not None:
            return GuidedPair(
                self.forward, prompts[0], guide.prompt, prefix, guide.scale, guide.logit_bias
            )
        conditional = _Batch(self, [prompts[0]], prefix)
        return _GuidedBatch(conditional, _Batch(self, [guide.prompt], guide.prefix), guide)

    def _decode(
        self,
        batch: "_Batch | _GuidedBatch | GuidedPair",
        continuations: Sequence[Continuation],
        max_tokens: int,
        on_prefill: OnPrefill | None,
        cancelled: threading.Event | None,
        *,
        stops_early: bool,
    ) -> Iterator[list[str]]:
        logits = batch.prefill(on_prefill, cancelled)
        for number in range(1, max_tokens + 1):
            if logits is None or (cancelled and cancelled.is_set()):
                return
            is_last = number == max_tokens
            sampled = [
                each.sample(row[: self._vocabulary], is_last=is_last)
                for each, row in zip(continuations, logits, strict=True)
            ]
            yield [text for _, text in sampled]
            if is_last or (stops_early and all(each.finish_reason for each in continuations)):
                return
            if cancelled and cancelled.is_set():
                return
            logits = batch.forward([[token] for token, _ in sampled])

    def complete(self, continuations: Sequence[Continuation], max_tokens: int) -> list[str]:
        """Return the whole text of every continuation."""
        steps = list(self.decode(continuations, max_tokens))
        return ["".join(texts) for texts in zip(*steps, strict=True)]

    @torch.no_grad()
    def forward(
        self,
        ids: Sequence[Sequence[int]],
        start: int,
        past: Any,
        padding: Sequence[int] = (),
        padded_from: int = 0,
    ) -> tuple[npt.NDArray[np.float32], Any]:
        """Run the model on `ids`, (batch, new), after the `start` tokens in `past`.

        Returns the logits after the last of them, float32 (batch, vocabulary), and the cache. In
        each sequence `padding` tokens, (batch,), from `padded_from` on are masked.
        """
        device = next(self.model.parameters()).device
        new = len(ids[0])
        inputs: dict[str, Any] = {"input_ids": torch.tensor(ids, device=device)}
        # Not a slice of a longer tensor: a compiled step would be compiled again for each stride.
        positions = torch.arange(start, start + new, device=device).unsqueeze(0)  # (1, new)
        if any(padding):
            skipped = torch.tensor(padding, device=device).unsqueeze(1)  # (batch, 1)
            read = torch.arange(start + new, device=device).unsqueeze(0)  # (1, start + new)
            is_real = (read < padded_from) | (read >= padded_from + skipped)
            inputs["attention_mask"] = is_real.long()  # (batch, start + new)
            positions = (positions - skipped).clamp(min=0)  # (batch, new)
        step = self.step if new == 1 else self.model
        output = step(
            **inputs,
            position_ids=positions,  # int64
            past_key_values=past,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: npt.NDArray[np.float32] = output.logits[:, -1].float().cpu().numpy()
        return logits, output.past_key_values

    def _tokens_of(self, text: str) -> list[Token]:
        ids = self.encode(text, add_special_tokens=False)
        return [Token(each, self.decode_ids([each]).encode()) for each in ids]

    def _ids_of(self, text: str) -> Sequence[int]:
        """Return the tokens whose text, but for spaces, is `text`; else those that it encodes to.

        Some tokenizers encode the text of a token to another one: it depends on what is before.
        """
        return self._ids_by_text.get(text.strip(" ")) or self.encode(text, add_special_tokens=False)

    @cached_property
    def _template_tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer.from_str(self._source.backend_tokenizer.to_str())
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _ids_by_text(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number in self._tokenizer.get_vocab().values():
            found.setdefault(self._tokenizer.decode([number]).strip(" "), []).append(number)
        return found

    @cached_property
    def _dry_breakers(self) -> frozenset[int]:
        return frozenset(
            number
            for text, numbers in self._ids_by_text.items()
            for number in numbers
            if any(breaker in text for breaker in DRY_BREAKERS)
        )


class _Batch:
    """The forward passes of one call of `decode`: what is read, and the cache of it."""

    def __init__(
        self, decoder: TorchDecoder, prompts: Sequence[list[int]], prefix: PrefixCache | None
    ) -> None:
        longest = max(map(len, prompts))
        self._padding = [longest - len(prompt) for prompt in prompts]
        self._prompts = [
            [0] * count + prompt for count, prompt in zip(self._padding, prompts, strict=True)
        ]  # (batch, longest)
        self._decoder = decoder
        self._prefix = prefix
        self.read = 0 if prefix is None else prefix.crop_to_common_prefix(prompts[0])
        """Tokens of each sequence in the cache."""
        self._past = growing_cache(decoder.model.config) if prefix is None else prefix.past

    def finish(self) -> None:
        """Leave the cache as it is: it is that of the sequence."""

    @property
    def total(self) -> int:
        """Tokens of each prompt, with its padding."""
        return len(self._prompts[0])

    def prefill(
        self, on_prefill: OnPrefill | None, cancelled: threading.Event | None
    ) -> npt.NDArray[np.float32] | None:
        """Read the prompts; return the logits after them, (batch, vocabulary), or None."""
        cached, total = self.read, self.total
        logits = None
        if on_prefill:
            on_prefill(cached, total, cached)
        while self.read < total:
            if cancelled and cancelled.is_set():
                return None
            end = self.read + PREFILL_CHUNK
            logits = self.forward([prompt[self.read : end] for prompt in self._prompts])
            if on_prefill:
                on_prefill(self.read, total, cached)
        return logits

    def forward(self, ids: Sequence[list[int]]) -> npt.NDArray[np.float32]:
        """Read `ids`, (batch, new), and return the logits after them, (batch, vocabulary)."""
        logits, self._past = self._decoder.forward(ids, self.read, self._past, self._padding)
        self.read += len(ids[0])
        if self._prefix is not None:
            self._prefix.ids += ids[0]
        return logits


class _GuidedBatch:
    """The forward passes of one guided continuation, one after the other, each with its cache: for
    a compiled step, which is for one sequence without a mask, and for caches that slide.
    """

    def __init__(self, conditional: _Batch, unconditional: _Batch, guide: Guide) -> None:
        self._conditional = conditional
        self._unconditional = unconditional
        self._guide = guide

    def finish(self) -> None:
        """Leave the caches as they are."""

    @property
    def read(self) -> int:
        """Tokens of both sequences in their caches."""
        return self._conditional.read + self._unconditional.read

    @property
    def total(self) -> int:
        """Tokens of both prompts."""
        return self._conditional.total + self._unconditional.total

    def prefill(
        self, on_prefill: OnPrefill | None, cancelled: threading.Event | None
    ) -> npt.NDArray[np.float32] | None:
        """Read both prompts; return the guided logits, (1, vocabulary), or None."""
        cached, total = self.read, self.total

        def report(*_: int) -> None:
            if on_prefill:
                on_prefill(self.read, total, cached)

        conditional = self._conditional.prefill(report, cancelled)
        unconditional = self._unconditional.prefill(report, cancelled)
        if conditional is None or unconditional is None:
            return None
        return self._guided_row(conditional, unconditional)

    def forward(self, ids: Sequence[list[int]]) -> npt.NDArray[np.float32]:
        """Read `ids`, (1, new), in both sequences; return the guided logits, (1, vocabulary)."""
        return self._guided_row(self._conditional.forward(ids), self._unconditional.forward(ids))

    def _guided_row(
        self, conditional: npt.NDArray[np.float32], unconditional: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        guide = self._guide
        return guided_row(conditional[0], unconditional[0], guide.scale, guide.logit_bias)


def _end_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return the end-of-text ids of the tokenizer and of the model's generation config."""
    named = getattr(getattr(model, "generation_config", None), "eos_token_id", None)
    several = named if isinstance(named, list) else [named]
    return frozenset(id_ for id_ in (*several, tokenizer.eos_token_id) if isinstance(id_, int))
