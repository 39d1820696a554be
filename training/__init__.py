"""Provides nothing yet: a corpus will become a measured, playable model here.

Knows nothing of where a corpus comes from, nor of the game but how its text is written.
"""
