"""The order in which replies are trained on: shuffled, those to the same prompt side by side."""

import random
from collections.abc import Hashable, Iterator, Sequence

from torch.utils.data import Sampler


class PromptSampler(Sampler[int]):
    """Yields the rows of one prompt after another, in an order that differs in every epoch.

    Where rows of one prompt are in one batch, the prompt is read once for all of them.
    """

    def __init__(self, prompts: Sequence[Hashable], seed: int) -> None:
        """`prompts` are those of the rows, equal where two rows have the same one."""
        self._rows: dict[Hashable, list[int]] = {}
        for number, prompt in enumerate(prompts):
            self._rows.setdefault(prompt, []).append(number)
        self._count = len(prompts)
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch, counted from 0; a resumed training asks for it again."""
        self._epoch = epoch

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[int]:
        groups = list(self._rows.values())
        random.Random(f"{self._seed} {self._epoch}").shuffle(groups)
        return (number for group in groups for number in group)
