"""Provides a story told: its graph as playthroughs, a choice as a deed, walks as documents.

Knows nothing of files, and nothing of other stories.
"""
