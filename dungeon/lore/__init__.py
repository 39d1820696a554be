"""Lore entries: facts of the world that stand in a prompt when a key of theirs is mentioned."""

from dungeon.lore.activation import Activation, Fired, activate, record
from dungeon.lore.entry import LoreEntry
from dungeon.lore.index import LoreIndex
from dungeon.lore.selection import NOTHING_SELECTED, LoreSelection, select
from dungeon.lore.stored import dump, load, load_index

__all__ = [
    "NOTHING_SELECTED", "Activation", "Fired", "LoreEntry", "LoreIndex", "LoreSelection",
    "activate", "dump", "load", "load_index", "record", "select",
]  # fmt: skip
