"""The engines for .gguf files that a player can choose."""

from typing import Literal

EngineChoice = Literal["auto", "built-in", "llama-server"]

ENGINE_CHOICES: tuple[EngineChoice, ...] = ("auto", "built-in", "llama-server")
"""`auto` is a llama-server on PATH where it finds a GPU, and the built-in engine otherwise."""
