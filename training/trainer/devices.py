"""Find the device to train on, its free memory, and this process's rank under torchrun."""

import os
from dataclasses import dataclass

import torch

from dungeon.errors import InputRefused
from training.trainer.flops import peak_flops

_DEFAULT_MEMORY = 8 << 30


@dataclass(frozen=True, slots=True)
class Device:
    """One device, and its place among those that train together."""

    kind: str
    """`cuda`, `mps` or `cpu`."""
    name: str
    memory: int
    """Free bytes."""
    bf16: bool
    """Whether it is fast in bfloat16."""
    has_varlen_attention: bool = True
    """Whether there is a kernel for `attention.document_attention`: on CUDA only from Ampere on."""
    rank: int = 0
    world_size: int = 1

    @property
    def is_gpu(self) -> bool:
        """Whether it is a GPU."""
        return self.kind != "cpu"

    @property
    def is_main_process(self) -> bool:
        """Whether this process writes files and reports progress."""
        return self.rank == 0

    @property
    def peak_flops(self) -> float | None:
        """Peak FLOP/s of all devices together; None where it is not known."""
        peak = peak_flops(self.name) if self.kind == "cuda" else None
        return peak * self.world_size if peak else None

    @property
    def can_compile(self) -> bool:
        """Whether torch.compile has a backend for it here."""
        from torch.utils._triton import has_triton

        return self.kind == "cuda" and bool(has_triton())


def find_device(wanted: str | None = None) -> Device:
    """Return the device to train on: the best there is, or one of the kind `wanted`.

    Raises InputRefused where there is none of that kind.
    """
    rank, world_size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    kind = wanted or next((kind for kind, found in available.items() if found), "cpu")
    if not available.get(kind, kind == "cpu"):
        raise InputRefused(f"There is no {kind} device here. Leave --device out, or give cpu.")
    if kind == "cuda":
        index = int(os.environ.get("LOCAL_RANK", "0"))
        free, _ = torch.cuda.mem_get_info(index)
        bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
        has_varlen_attention = torch.cuda.get_device_capability(index) >= (8, 0)
        name = torch.cuda.get_device_name(index)
        return Device(kind, name, free, bf16, has_varlen_attention, rank, world_size)
    if kind == "mps":
        return Device(kind, "Apple GPU", int(torch.mps.recommended_max_memory()), bf16=False)
    memory = _free_memory() // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    name = f"{torch.get_num_threads()} CPU threads"
    return Device(kind, name, memory, _cpu_has_bf16(), rank=rank, world_size=world_size)


def _free_memory() -> int:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # not every system has these
        return _DEFAULT_MEMORY


def _cpu_has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware; emulation would be slow."""
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
