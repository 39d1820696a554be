"""Key-value caches of transformers: one that grows without copying, and the prefix of turns."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import transformers
from transformers.cache_utils import DynamicLayer

_BLOCK = 256
"""Tokens for which a cache that is full gets more memory."""


class GrowingLayer(DynamicLayer):
    """A layer with room for tokens to come: the library's own copies the whole layer at each."""

    _key_room: torch.Tensor | None = None
    _value_room: torch.Tensor | None = None

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Append the states, (batch, heads, new, width), and return all."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        self.keys, self._key_room = _append(self.keys, self._key_room, key_states)
        self.values, self._value_room = _append(self.values, self._value_room, value_states)
        return self.keys, self.values


def _append(
    states: Any, room: torch.Tensor | None, new: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `states` with `new`, and the memory in which they lie.

    Whoever crops leaves a view of that memory; whoever repeats or selects rows leaves a copy.
    """
    length = states.shape[-2] if states.numel() else 0
    end = length + new.shape[-2]
    if room is None or room.shape[-2] < end or (length and states.data_ptr() != room.data_ptr()):
        size = -(-end // _BLOCK) * _BLOCK
        room = new.new_empty(*new.shape[:-2], size, new.shape[-1])
        if length:
            room[..., :length, :] = states
    room[..., length:end, :] = new
    return room[..., :end, :], room


def growing_cache(config: Any) -> Any:
    """Return an empty cache for a model: growing in place where the library's own grows at all."""
    cache = transformers.DynamicCache(config=config)
    new_layer: Any = GrowingLayer  # the library's constructor has no annotations
    cache.layers = [new_layer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Return the length of the longest common prefix of two sequences of token ids."""
    for place, (first, second) in enumerate(zip(one, other, strict=False)):
        if first != second:
            return place
    return min(len(one), len(other))


class PrefixCache:
    """The token ids that a model has read last, with its key-value cache of them, so that a prompt
    with the same beginning is not read again.
    """

    def __init__(self, new_cache: Callable[[], Any], *, is_static: bool) -> None:
        """`new_cache` returns an empty cache of transformers; a static one keeps its place in
        memory when it is cropped.
        """
        self.ids: list[int] = []
        self.past = new_cache()
        self._new_cache = new_cache
        self._is_static = is_static

    @property
    def is_growing(self) -> bool:
        """Whether its rows can be repeated and selected: every layer grows in place."""
        return all(isinstance(layer, GrowingLayer) for layer in self.past.layers)

    def crop_to_common_prefix(self, prompt: Sequence[int]) -> int:
        """Crop to the longest common prefix with `prompt`, and return its length.

        At least the last token of the prompt remains to be read, because its logits are needed.
        """
        shared = common_prefix(self.ids, prompt[:-1])
        if not self._crop(shared):
            self.past, shared = self._new_cache(), 0
        del self.ids[shared:]
        return shared

    def _crop(self, length: int) -> bool:
        """Crop the cache; return whether that is possible. What a static cache has behind its end
        is never attended to, and is overwritten.
        """
        cached = int(self.past.get_seq_length())
        if cached < length or (length == 0 and not self._is_static):
            return False
        try:
            if self._is_static:
                for layer in self.past.layers:
                    layer.cumulative_length.fill_(length)
            elif cached > length:
                self.past.crop(length - cached)
        except (RuntimeError, AttributeError):  # a sliding window cannot slide back
            return False
        return True
