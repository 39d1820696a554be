"""Provides what a training runs on: the device, its memory, and how many processes share the work.

Under torchrun each process has a device and a rank of its own. Knows nothing of models.
"""

import os
from dataclasses import dataclass

import torch

from dungeon.errors import InputRefused
from training.trainer.flops import peak

_UNKNOWN_MEMORY = 8 << 30


@dataclass(frozen=True, slots=True)
class Device:
    """One device, and its place among those that train together."""

    kind: str
    """`cuda`, `mps` or `cpu`."""
    name: str
    memory: int
    """Bytes that are free."""
    half: bool
    """Whether bfloat16 is what it is fast in."""
    flash: bool = True
    """Whether documents can be attended to apart without a mask: on CUDA only from Ampere on."""
    rank: int = 0
    world: int = 1

    @property
    def is_gpu(self) -> bool:
        """Whether it is no processor."""
        return self.kind != "cpu"

    @property
    def is_first(self) -> bool:
        """Whether this process is the one that writes and tells."""
        return self.rank == 0

    @property
    def peak(self) -> float | None:
        """FLOP a second of all devices together at best; None where nobody knows."""
        each = peak(self.name) if self.kind == "cuda" else None
        return each * self.world if each else None

    @property
    def compiles(self) -> bool:
        """Whether compiled kernels can be made for it here."""
        from torch.utils._triton import has_triton

        return self.kind == "cuda" and bool(has_triton())


def find_device(wish: str | None = None) -> Device:
    """Return the device to train on: the best there is, or the kind that is wished for.

    Raises InputRefused where there is none of that kind.
    """
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    kind = wish or next((kind for kind, found in there.items() if found), "cpu")
    if not there.get(kind, kind == "cpu"):
        raise InputRefused(f"There is no {kind} device here. Leave --device out, or give cpu.")
    if kind == "cuda":
        place = int(os.environ.get("LOCAL_RANK", "0"))
        free, _ = torch.cuda.mem_get_info(place)
        half = torch.cuda.is_bf16_supported(including_emulation=False)
        flash = torch.cuda.get_device_capability(place) >= (8, 0)
        name = torch.cuda.get_device_name(place)
        return Device(kind, name, free, half, flash, rank, world)
    if kind == "mps":
        return Device(kind, "Apple GPU", int(torch.mps.recommended_max_memory()), half=False)
    share = _free_memory() // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    name = f"{torch.get_num_threads()} processor threads"
    return Device(kind, name, share, _fast_half(), rank=rank, world=world)


def _free_memory() -> int:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # not every system tells
        return _UNKNOWN_MEMORY


def _fast_half() -> bool:
    """Whether the processor multiplies bfloat16 itself; others would only imitate it."""
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
