"""Provides the subcommands of `grue` that make a corpus, one module each.

Knows nothing of sites, formats or filters.
"""
