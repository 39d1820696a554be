"""Score how likely a model of transformers finds continuations of a prompt, with guidance if asked.

Guidance is classifier-free guidance on the player's action (arXiv 2306.17806): with the
log-probabilities `c` after the prompt and `u` after the prompt without its last action, a token has
`u + g (c - u)`, normalised.
"""

import copy
from collections.abc import Sequence
from typing import Any, Protocol

import torch
from transformers import DynamicCache

from dungeon import transcript
from dungeon.generator.scripted import ScriptedGenerator
from dungeon.generator.torch_cache import PrefixCache
from dungeon.generator.torch_decoding import TorchDecoder
from dungeon.settings.sampling import Sampling
from training.models.loading import LoadedModel


class Scorer(Protocol):
    """A model that is benchmarked."""

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens in `text`."""
        ...

    def log_probabilities(
        self, prompt: str, replies: Sequence[str], guidance: float = 1.0
    ) -> list[float]:
        """Return the log-probability of each of the replies to `prompt`, in nats.

        A guidance of 1 is none.
        """
        ...

    def generate(self, prompt: str) -> str:
        """Return the most likely beginning of a reply."""
        ...


class TorchScorer:
    """A model of transformers, on the CPU or a GPU."""

    REPLY_TOKENS = 40

    def __init__(self, loaded: LoadedModel, device: str = "cpu") -> None:
        model: Any = loaded.model
        self._model = model.to(device)
        self._device = device
        self._decoder = TorchDecoder(self._model, loaded.tokenizer)
        self._prefix = PrefixCache(DynamicCache, is_static=False)

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens in `text`."""
        return len(self._decoder.encode(text, add_special_tokens=False))

    def log_probabilities(
        self, prompt: str, replies: Sequence[str], guidance: float = 1.0
    ) -> list[float]:
        """Return the log-probability of each of the replies to `prompt`, in nats."""
        texts = [transcript.SEPARATOR + reply for reply in replies]
        ids = [self._decoder.encode(text, add_special_tokens=False) for text in texts]
        predicted = self._predict(prompt, ids)
        if guidance != 1:
            without = self._predict(without_action(prompt), ids)
            predicted = [
                torch.log_softmax(u + guidance * (c - u), -1)
                for c, u in zip(predicted, without, strict=True)
            ]
        return [
            float(each[range(len(tokens)), tokens].sum())
            for each, tokens in zip(predicted, ids, strict=True)
        ]

    @torch.no_grad()
    def _predict(self, prompt: str, replies: Sequence[list[int]]) -> list[torch.Tensor]:
        """Return the log-probabilities before each token of each reply, (tokens, vocabulary)."""
        ids = self._decoder.encode(prompt)
        shared = self._prefix.crop_to_common_prefix(ids)
        read = self._model(
            input_ids=self._tensor(ids[shared:]),
            past_key_values=self._prefix.past,
            logits_to_keep=1,
        )
        self._prefix.ids = ids
        self._prefix.past = read.past_key_values
        found = []
        for tokens in replies:
            past = copy.deepcopy(read.past_key_values)
            inside = self._model(input_ids=self._tensor(tokens), past_key_values=past).logits[0]
            logits = torch.cat([read.logits[0, -1:], inside[:-1]])
            found.append(torch.log_softmax(logits.double(), -1))
        return found

    def _tensor(self, ids: Sequence[int]) -> torch.Tensor:
        return torch.tensor([ids], device=self._device)

    def generate(self, prompt: str) -> str:
        """Return the most likely beginning of a reply."""
        greedy = Sampling(temperature=0.0, dry_multiplier=0.0, repeat_penalty=1.0)
        ids = self._decoder.encode(prompt)
        continuation = self._decoder.continuation(ids, greedy, 0, (transcript.STOP,))
        steps = self._decoder.decode([continuation], self.REPLY_TOKENS, prefix=self._prefix)
        return "".join(text for [text] in steps)


def without_action(prompt: str) -> str:
    """Return a prompt without the action at its end."""
    before, mark, _ = prompt.rpartition(transcript.SEPARATOR + transcript.ACTION_MARK)
    return transcript.as_prompt(before) if mark else prompt


class PromptTokens(ScriptedGenerator):
    """What the game's prompt composer asks of a generator: its tokens and its context length."""

    def __init__(self, scorer: Scorer, context_length: int) -> None:
        super().__init__(context_length=context_length)
        self._scorer = scorer

    async def count_tokens(self, text: str) -> int:
        """Return the number of tokens in `text`."""
        return self._scorer.count_tokens(text)
