"""Provides the corpus: stories filtered, told, held apart and written to a folder, and a report.

`build.py` is the way through; the rest are its steps. Knows nothing of sites and formats.
"""
