"""How much memory this machine has, and how much of it is free."""

from dataclasses import dataclass
from pathlib import Path

_CONTAINER = Path("/sys/fs/cgroup")
"""Where Linux states the limits of a container; psutil knows the whole machine only."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of memory."""

    total: int
    available: int
    """What programs can still get without others being swapped out."""


def read_memory(container: Path = _CONTAINER) -> Memory:
    """Return the memory of this machine, or of the container that Grue runs in."""
    import psutil  # here: `grue play` needs none of it

    machine = psutil.virtual_memory()
    limit = _number(container / "memory.max")
    if limit is None or limit >= machine.total:
        return Memory(machine.total, machine.available)
    free = limit - (_number(container / "memory.current") or 0)
    return Memory(limit, max(min(free, machine.available), 0))


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no container, or "max"
        return None
