"""Formats that a single game is written in, loaded through entry points as any plugin is."""
