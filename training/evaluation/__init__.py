"""Measure a model: bits per byte of held-out text, and metrics of its replies in play."""
