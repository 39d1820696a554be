"""Provides games that were played: transcripts, regression tests, a Z-machine given its commands.

Knows nothing of how a game is written.
"""
