"""Writes the rows of a small library in the newest schema, as SQL, to standard output."""

import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from dungeon.saves.library import Library
from dungeon.saves.tables import metadata
from dungeon.story import Draft, Kind, StorySummary
from tests.dungeon.saves import tales


def main() -> None:
    """Fill a library and print its rows, parents first."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adventures.db"
        adventure = replace(tales.branched(), id="released")
        with Library.open(path) as library:
            library.create(adventure)
            library.revise(adventure.id, title="The Lighthouse")
            library.revise(
                adventure.id,
                summary=StorySummary("s3", str(adventure.head), "", "The lighthouse is lit."),
            )
            library.append(
                adventure.id,
                tales.following(adventure.head, text="The lighthouse goes dark."),
                expected_head=adventure.head,
            )
            library.keep_draft(adventure.id, Draft(adventure.head, Kind.DO, "You climb."))
        print("PRAGMA foreign_keys = OFF;")
        with closing(sqlite3.connect(path)) as connection:
            for table in metadata.sorted_tables:
                _print(connection, table.name, [column.name for column in table.columns])
        print("INSERT INTO turns_search(turns_search) VALUES ('rebuild');")


def _print(connection: sqlite3.Connection, table: str, columns: list[str]) -> None:
    names = ", ".join(columns)
    quoted = " || ', ' || ".join(f'quote("{name}")' for name in columns)
    for (values,) in connection.execute(f"SELECT {quoted} FROM {table} ORDER BY rowid"):
        print(f"INSERT INTO {table}({names}) VALUES ({values});")


main()
