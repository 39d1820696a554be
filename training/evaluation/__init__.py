"""Provides what is measured of a model: on held-out text, and in play.

Knows nothing of how it was trained.
"""
