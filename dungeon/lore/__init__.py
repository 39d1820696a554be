"""Lore entries: facts of the world that stand in a prompt when a key of theirs is mentioned."""

from dungeon.lore.activation import Activation, Fired, activate, record
from dungeon.lore.entry import LoreEntry
from dungeon.lore.index import LoreIndex
from dungeon.lore.stored import dump, load, load_index

__all__ = [
    "Activation", "Fired", "LoreEntry", "LoreIndex", "activate", "dump", "load", "load_index",
    "record",
]  # fmt: skip
