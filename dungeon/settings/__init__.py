"""The player's settings, the settings of replies, and what there is to choose from."""

from dungeon.settings.settings import DEFAULT_MODEL, Settings, load, save

__all__ = ["DEFAULT_MODEL", "Settings", "load", "save"]
