"""Provides ink, from its source and as its compiler makes it.

Knows nothing of other formats.
"""
