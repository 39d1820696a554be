"""Provides `python -m dungeon.cli`, the same as `grue`."""

from dungeon.cli import main

main()
