"""Where an engine answers. Imports no server, since `grue web` needs none but its own."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Location:
    """Where the engine answers, and the key to it."""

    address: str
    key: str


class Engine(Protocol):
    """An engine that may end, and is started again when it is needed."""

    async def locate(self) -> Location:
        """Return where it answers, started again if it has ended. Raises GeneratorError."""
