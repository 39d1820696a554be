"""The game: a text adventure that a language model writes as it is played."""

__version__ = "0.1.0"
