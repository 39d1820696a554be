"""The game in plain lines: for pipes, SSH, `NO_COLOR` and screen readers.

The same commands as on the screen, one line in, paragraphs out. The player's actions are echoed
behind `> `, and nothing else begins with `>`.
"""

from dungeon.plain.repl import run

__all__ = ["run"]
