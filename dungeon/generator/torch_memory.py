"""Memory of huge pages for the weights of a model on a CPU."""

import mmap
from typing import Any

import torch

_ALIGNMENT = 64
"""Bytes of a cache line."""


@torch.no_grad()
def use_huge_pages(model: Any) -> None:
    """Move the weights into one block of memory for which the system may take huge pages.

    Every token reads all weights, and looking up pages of 4 KB costs more than reading them, above
    all in a virtual machine. Where there are no huge pages, as outside Linux, nothing changes.
    """
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    weights = list(model.parameters())
    if advice is None or not weights:
        return
    sizes = [-(-each.nbytes // _ALIGNMENT) * _ALIGNMENT for each in weights]
    try:
        block = mmap.mmap(-1, sum(sizes), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        block.madvise(advice)
    except OSError:  # the memory is limited, or the kernel has no huge pages
        return
    memory = torch.frombuffer(block, dtype=torch.uint8)  # keeps the block
    for weight, part in zip(weights, memory.split(sizes), strict=True):
        place = part[: weight.nbytes].view(weight.dtype).view(weight.shape)
        weight.data = place.copy_(weight.data)
