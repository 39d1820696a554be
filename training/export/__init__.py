"""Provides models as GGUF files, checked in the engine that plays them.

Knows nothing of training.
"""
