"""What the ingress asks of a replica."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineRequest:
    """A request that may be answered."""

    method: str
    path: str
    body: bytes
    prompt: str
    """The prompt or the chat as text; Ray's prefix router reads it under this name. Not empty."""
