"""Tokens of a text, as tokenizers list them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a text."""

    id: int
    piece: bytes
    """Its text, which may be part of a character."""
