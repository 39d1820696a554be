"""Provides saves that fill up, as on a disk with little room, and a file that does not fit."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dungeon.saves import sqlite_connection

PAGES = 30
"""The room that is left: enough for the first story of `write_stories`, not for all of them."""


def leave_little_room(monkeypatch: pytest.MonkeyPatch, saves: Path) -> None:
    """Let a file of saves grow by PAGES only, until the patch is undone."""
    with closing(sqlite3.connect(saves)) as connection:
        (used,) = connection.execute("PRAGMA page_count").fetchone()
    most = f"PRAGMA max_page_count = {used + PAGES}"
    monkeypatch.setattr(sqlite_connection, "_PRAGMAS", (*sqlite_connection._PRAGMAS, most))


def write_stories(file: Path, number: int = 8) -> Path:
    """Write an export of AI Dungeon with so many long stories."""
    text = "Rain falls on the moor, and the lamp in the tower goes out. " * 500
    stories = [
        {"memory": f"You are number {each}.", "authorsNote": "", "worldInfo": [],
         "actions": [{"text": text}]}
        for each in range(number)
    ]  # fmt: skip
    file.write_text(json.dumps({"stories": stories}), "utf-8")
    return file
