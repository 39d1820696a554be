"""The speeds at which models were measured on this machine, kept in `speeds.json`.

A model's own measurement counts; that of another one is scaled by the sizes of their files, since
writing a token reads every weight once.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dungeon.files.atomic_file import atomic_write


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model writes."""

    tokens_per_second: float
    is_measured: bool
    """Whether it was measured on this model, and not estimated from another one."""


class SpeedRecord:
    """The measurements in the folder of models, by name: tokens per second and file size."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "speeds.json"
        self._measured = _read(self._path)

    def of(self, name: str, size: int) -> Speed | None:
        """Return the speed of the model `name`, whose file has `size` bytes, or None."""
        if name in self._measured:
            return Speed(self._measured[name][0], is_measured=True)
        if not self._measured or size <= 0:
            return None
        # the largest measured model says most: small ones are held up by other things than memory
        speed, measured_size = max(self._measured.values(), key=lambda each: each[1])
        return Speed(speed * measured_size / size, is_measured=False)

    def keep(self, name: str, tokens_per_second: float, size: int) -> None:
        """Save a measurement; where the disk refuses, it is only not remembered."""
        if tokens_per_second <= 0 or size <= 0:
            return
        self._measured[name] = (tokens_per_second, size)
        document = {name: [round(speed, 2), size] for name, (speed, size) in self._measured.items()}
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self._path) as file:
                file.write(json.dumps(document, indent=1).encode())


def _read(path: Path) -> dict[str, tuple[float, int]]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    measured = {}
    for name, value in document.items() if isinstance(document, dict) else ():
        match value:
            case [float() | int() as speed, int() as size] if speed > 0 and size > 0:
                measured[name] = (float(speed), size)
    return measured
