"""Provides adventures as files: one module a format, each reading and writing what it can.

Knows nothing of the saves: a format turns an adventure into text and back, whole or not at all.
"""
