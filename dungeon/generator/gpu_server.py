"""Find a `llama-server` that uses a GPU: the built-in engine runs on processors only."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dungeon.settings.engine_choice import EngineChoice
from dungeon.text import clean_line, clean_path

PROGRAM = "llama-server"

_PROBE_SECONDS = 20
"""How long it may take to list its devices: drivers that are loaded for the first time are slow."""

_DEVICE = re.compile(r"^\s+([^\s:]+): (.{1,200}) \((\d+) MiB, \d+ MiB free\)\s*$")
"""`  CUDA0: NVIDIA H200 (143167 MiB, 142000 MiB free)`; a library such as BLAS has 0 MiB."""


@dataclass(frozen=True, slots=True)
class GpuServer:
    """A `llama-server` to play .gguf files with."""

    program: Path
    device: str = ""
    """The GPU that it uses, as it calls it; empty where it lists none."""

    @property
    def description(self) -> str:
        """What a player is told: "llama-server on NVIDIA H200"."""
        return f"{PROGRAM} on {self.device}" if self.device else PROGRAM


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """The engine to play .gguf files with."""

    server: GpuServer | None
    """None is the built-in engine."""
    reason: str = ""
    """Why it is the built-in one, as a sentence; empty where nothing else was asked for."""


def choose_engine(
    choice: EngineChoice,
    find_program: Callable[[str], str | None] = shutil.which,
    find_gpu: Callable[[Path], str] | None = None,
) -> EnginePlan:
    """Return the engine for the player's choice. Blocks for up to seconds: call this in a thread.

    `find_gpu` returns the GPU that a llama-server would use, `list_gpu` for None.
    """
    if choice == "built-in":
        return EnginePlan(None)
    if sys.platform == "win32":  # nothing there ends a server whose game was killed
        return EnginePlan(None, f"{PROGRAM} is not started on Windows; give its address instead.")
    found = find_program(PROGRAM)
    if found is None:
        return EnginePlan(None, f"There is no {PROGRAM} on PATH.")
    program = Path(found).absolute()
    device = (find_gpu or list_gpu)(program)
    if not device and choice == "auto":
        return EnginePlan(None, f"{clean_path(program)} finds no GPU.")
    return EnginePlan(GpuServer(program, device))


def list_gpu(program: Path) -> str:
    """Return the first GPU in the devices that a llama-server lists, empty where it lists none: it
    knows best for which kind it was built (CUDA, ROCm, Metal, Vulkan), and whether one is here.
    """
    try:
        listed = subprocess.run(  # noqa: S603 — a program of the player's own PATH
            [program, "--list-devices"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PROBE_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):  # a broken one, or older than the option
        return ""
    for line in listed.stdout.decode("utf-8", "replace").splitlines():
        if (device := _DEVICE.match(line)) and int(device[3]) > 0:
            return clean_line(device[2])
    return ""
