"""The order in which pairs are trained on: shuffled, those with the same prompt side by side."""

import random
from collections.abc import Hashable, Iterator, Sequence

from torch.utils.data import Sampler


class PromptSampler(Sampler[int]):
    """Yields the pairs of one prompt after another, in an order that differs in every epoch.

    Where pairs of one prompt are in one batch, the prompt is read once for all of them.
    """

    def __init__(self, prompts: Sequence[Hashable], seed: int) -> None:
        """`prompts` are those of the pairs, equal where two pairs have the same one."""
        self._pairs: dict[Hashable, list[int]] = {}
        for number, prompt in enumerate(prompts):
            self._pairs.setdefault(prompt, []).append(number)
        self._count = len(prompts)
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch, counted from 0; a resumed training asks for it again."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        groups = list(self._pairs.values())
        random.Random(f"{self._seed} {self._epoch}").shuffle(groups)
        return (number for group in groups for number in group)
