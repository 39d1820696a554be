"""Provides the game: a text adventure that a language model writes as it is played.

Importing this package loads nothing heavy; each front end and engine is imported where it is used.
"""

__version__ = "0.1.0"
