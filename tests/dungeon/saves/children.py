"""Provides what the tests let other processes do to a library, each a function that can be sent."""

import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from dungeon.errors import GrueError, HeadMoved
from dungeon.saves import database, integrity, migration, schema
from dungeon.saves.library import Library
from tests.dungeon.saves import tales
from tests.patience import HUNG

_CONTEXT = get_context("forkserver")  # forks from a process without threads, imports done once
_CONTEXT.set_forkserver_preload(["tests.dungeon.saves.children"])

NOBODY = 65534


@contextmanager
def started(work: Callable[..., None], *arguments: Any) -> Iterator[tuple[BaseProcess, Connection]]:
    """Run `work(connection, *arguments)` in another process for as long as the block lasts."""
    ours, theirs = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=work, args=(theirs, *arguments))
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join()
        process.close()
        ours.close()


def append_many(connection: Connection, path: Path, adventure_id: str, count: int) -> None:
    """Append `count` turns as a window does: at the head it knows, looking again when it moved."""
    database.LOCK_TIMEOUT = HUNG  # on a busy machine the other one may hold the file for long
    library = Library.open(path)
    head = library.load(adventure_id).head
    for number in range(count):
        turn = tales.following(head, text=f"Step {number} of {os.getpid()}.")
        try:
            library.append(adventure_id, turn, expected_head=head)
        except HeadMoved:
            connection.send((turn.id, turn.sha256, False))
            head = library.load(adventure_id).head
            continue
        connection.send((turn.id, turn.sha256, True))
        head = turn.id
    connection.send(None)
    connection.recv()


def append_for_ever(connection: Connection, path: Path, adventure_id: str) -> None:
    """Append, and tell of each turn only once it is saved."""
    library = Library.open(path)
    head = library.load(adventure_id).head
    while True:
        turn = tales.following(head, text="The tide comes in. " * 50)
        library.append(adventure_id, turn, expected_head=head)
        connection.send((turn.id, turn.sha256))
        head = turn.id


def create_for_ever(connection: Connection, path: Path) -> None:
    """Store one whole adventure after another, telling before and after each."""
    library = Library.open(path)
    story = tales.played(300)
    for number in range(10_000):
        adventure = replace(story, id=f"whole{number}")
        connection.send((adventure.id, False))
        library.create(adventure)
        connection.send((adventure.id, True))


def open_one(connection: Connection, path: Path) -> None:
    """Open a library that may not be there yet, and store an adventure."""
    connection.recv()
    adventure = tales.opened()
    with Library.open(path) as library:
        library.create(adventure)
    connection.send(adventure.id)


def migrate(connection: Connection, path: Path, migrations: Path) -> None:
    """Bring a file up to the newest schema of another folder of migrations."""
    schema.MIGRATIONS = migrations
    with closing(sqlite3.connect(path)) as file:  # Alembic is loaded, so that the kill meets work
        copy = path.with_suffix(".rehearsal")
        with closing(sqlite3.connect(copy)) as rehearsal:
            file.backup(rehearsal)
    migration.migrate(copy)
    copy.unlink()
    connection.send("now")
    migration.migrate(path)


def append_on_a_full_disk(connection: Connection, path: Path, adventure_id: str) -> None:
    """Append while no file may grow, and once more when they may again."""
    library = Library.open(path)
    head = library.load(adventure_id).head
    turn = tales.following(head, text="x" * 50_000)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 4096, hard))
    try:
        library.append(adventure_id, turn, expected_head=head)
    except GrueError as error:
        connection.send((type(error).__name__, str(error)))
    connection.send((library.load(adventure_id).head, integrity.check(library.location).problems))
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    library.append(adventure_id, turn, expected_head=head)
    connection.send(turn.id)
    connection.recv()


def use_as_a_guest(connection: Connection, path: Path, adventure_id: str) -> None:
    """Read and try to write as a user who may only read."""
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    library = Library.open(path)
    adventure = library.load(adventure_id)
    connection.send((adventure.title, len(adventure.turns), library.notices))
    attempts: list[Callable[[], object]] = [
        lambda: library.append(
            adventure_id, tales.following(adventure.head), expected_head=adventure.head
        ),
        lambda: library.create(tales.opened()),
        lambda: library.revise(adventure_id, title="Mine"),
        lambda: library.backup(),
        lambda: library.delete(adventure_id),
        lambda: Library.open(path.parent / "new" / "adventures.db"),
    ]
    for attempt in attempts:
        try:
            attempt()
        except GrueError as error:
            connection.send((type(error).__name__, str(error)))
        else:
            connection.send(("nothing", ""))
    connection.send((integrity.check(library.location).problems, len(library.summaries())))
    connection.recv()
