"""Provides models at both ends: loading any that can be trained, and the folder one is left in.

Knows nothing of how a model learns.
"""
