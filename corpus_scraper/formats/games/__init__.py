"""Provides the formats that one game, or one engine's games, are written in.

Knows nothing of other formats.
"""
