"""Provides Prefix: the tokens that a model has read last, with its keys and values of them, so that
a prompt that begins the same is not read again.

Imports no engine: the cache is an object of transformers that it is given. Knows nothing of text.
"""

from collections.abc import Callable, Sequence
from typing import Any


class PrefixCache:
    """What is known, in a cache that grows or in one with a fixed place."""

    def __init__(self, empty: Callable[[], Any], *, fixed: bool) -> None:
        """`empty` makes a cache; `fixed` says that it keeps its place in memory when it is cut."""
        self.ids: list[int] = []
        self.cache = empty()
        self._new = empty
        self._fixed = fixed

    def __len__(self) -> int:
        return len(self.ids)

    def keep(self, prompt: Sequence[int]) -> int:
        """Forget all but the beginning that `prompt` shares, and return its length. At least the
        prompt's last token is left to be read, because its logits are wanted.
        """
        shared = 0
        for ours, theirs in zip(self.ids, prompt[:-1], strict=False):
            if ours != theirs:
                break
            shared += 1
        if not self._cut(shared):
            self.cache, shared = self._new(), 0
        del self.ids[shared:]
        return shared

    def _cut(self, length: int) -> bool:
        """Cut the cache; return whether that worked. What lies behind a fixed cache's end is never
        looked at, and is written over.
        """
        held = int(self.cache.get_seq_length())
        if held < length or (length == 0 and not self._fixed):
            return False
        try:
            if self._fixed:
                for layer in self.cache.layers:
                    layer.cumulative_length.fill_(length)
            elif held > length:
                self.cache.crop(length - held)
        except (RuntimeError, AttributeError):  # a window that slid on cannot slide back
            return False
        return True
