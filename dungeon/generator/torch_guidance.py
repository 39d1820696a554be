"""Guided decoding with transformers: both prompts in one batch, which costs hardly more than one.

They are read together as far as they are equal, in a batch of one. Then come, in a batch of two,
what is left of either, padded in front of the rest to the same length, and the reply. Padding the
whole prompts instead would shift one of them, and nothing of its cache could be kept.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from dungeon.generator.guidance import guided_logits, log_softmax
from dungeon.generator.logit_bias import LogitBias, add_logit_bias
from dungeon.generator.torch_cache import PrefixCache, common_prefix

PREFILL_CHUNK = 256
"""Prompt tokens for one forward pass; cancellation is possible between two of them."""

OnPrefill = Callable[[int, int, int], None]
"""Receives the prompt tokens that are read, their total, and those found in the prefix cache."""

Forward = Callable[..., tuple[npt.NDArray[np.float32], Any]]
"""`TorchDecoder.forward`"""


class GuidedPair:
    """The forward passes of one guided continuation."""

    def __init__(
        self,
        forward: Forward,
        conditional: list[int],
        unconditional: list[int],
        prefix: PrefixCache,
        scale: float,
        logit_bias: LogitBias,
    ) -> None:
        """`prefix` is the cache of the conditional prompt, and has a single row again at the end
        (`finish`).
        """
        shared = common_prefix(conditional[:-1], unconditional[:-1])
        rests = [conditional[shared:], unconditional[shared:]]
        width = max(map(len, rests))
        self._forward = forward
        self._prefix = prefix
        self._scale = scale
        self._logit_bias = logit_bias
        self._trunk = conditional[:shared]
        self._padding = [width - len(rest) for rest in rests]
        self._rests = [
            [0] * count + rest for count, rest in zip(self._padding, rests, strict=True)
        ]  # (2, width)
        self._total = len(conditional) + len(unconditional)
        self._cached = prefix.crop_to_common_prefix(conditional[: shared + 1])
        self._length = self._cached
        """Tokens of a row in the cache, padding included."""
        self._is_pair = False

    @property
    def read(self) -> int:
        """Tokens of both prompts in the cache."""
        return 2 * self._cached

    def prefill(
        self, on_prefill: OnPrefill | None, cancelled: threading.Event | None
    ) -> npt.NDArray[np.float32] | None:
        """Read both prompts; return the guided logits, (1, vocabulary), or None."""

        def report(done: int) -> None:
            if on_prefill:
                on_prefill(done, self._total, self.read)

        report(self.read)
        for start in range(self._cached, len(self._trunk), PREFILL_CHUNK):
            if cancelled and cancelled.is_set():
                return None
            self._read([self._trunk[start : start + PREFILL_CHUNK]])
            report(2 * self._length)
        self._prefix.past.batch_repeat_interleave(2)
        self._is_pair = True
        logits = None
        for start in range(0, len(self._rests[0]), PREFILL_CHUNK):
            if cancelled and cancelled.is_set():
                return None
            logits = self._read([rest[start : start + PREFILL_CHUNK] for rest in self._rests])
            report(min(2 * self._length, self._total))
        report(self._total)
        return logits

    def forward(self, ids: Sequence[list[int]]) -> npt.NDArray[np.float32]:
        """Read `ids`, (1, new), in both rows; return the guided logits, (1, vocabulary)."""
        return self._read([ids[0], ids[0]])

    def finish(self) -> None:
        """Keep the row of the conditional prompt, as far as it has no padding."""
        if not self._is_pair:
            return
        self._prefix.past.batch_select_indices(torch.tensor([0]))
        if self._padding[0]:
            self._prefix.crop_to_common_prefix([*self._trunk, -1])

    def _read(self, ids: list[list[int]]) -> npt.NDArray[np.float32]:
        padding = self._padding if len(ids) == 2 else ()
        logits, self._prefix.past = self._forward(
            ids, self._length, self._prefix.past, padding, len(self._trunk)
        )
        self._length += len(ids[0])
        self._prefix.ids += ids[0]
        return guided_row(logits[0], logits[-1], self._scale, self._logit_bias)


def guided_row(
    conditional: npt.NDArray[np.float32],
    unconditional: npt.NDArray[np.float32],
    scale: float,
    logit_bias: LogitBias,
) -> npt.NDArray[np.float32]:
    """Return the guided logits, (1, vocabulary), of two rows of logits, (vocabulary,).

    Both get the biases: what they make likely must not be left out as implausible.
    """
    c, u = (log_softmax(add_logit_bias(row, logit_bias)) for row in (conditional, unconditional))
    return guided_logits(c, u, scale)[np.newaxis]
