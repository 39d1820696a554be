"""The words of a player's line."""

import re

WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
"""A word; one with an apostrophe or a hyphen is whole."""
