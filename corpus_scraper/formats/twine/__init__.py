"""Provides Twine: published pages and Twee files, in the markup of every dialect.

Knows nothing of other formats.
"""
