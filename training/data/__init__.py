"""Provides what is learned from: a corpus folder, its tokens, and rows of them.

Knows nothing of models.
"""
