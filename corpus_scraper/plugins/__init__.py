"""Formats that a single game is written in, loaded through entry points as any plug-in is."""
