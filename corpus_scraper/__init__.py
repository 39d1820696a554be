"""Provides nothing yet: story sites and story files will become a training corpus here.

Knows nothing of the game but how its text is written. The corpus folder is all it hands on.
"""
