"""Run `grue` as `python -m dungeon.cli`."""

from dungeon.cli import main

main()
