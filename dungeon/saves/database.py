"""What every database of saves does alike: transactions, and sentences for errors.

`sqlite` and `postgresql` hold what differs.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from dungeon.errors import NotSaved, SavesDamaged, SavesError
from dungeon.saves import schema
from dungeon.saves.search import SearchIndex
from dungeon.text import clean_line

LOCK_TIMEOUT = 5.0
"""Seconds to wait for another connection's transaction to end."""

Operation = Literal["read", "append", "change", "import", "create", "migrate", "copy"]
"""What failed, for the error message."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an operation failed."""

    reason: str
    """A clause."""
    damaged: bool = False
    """Whether what is stored is damaged."""


class Database(ABC):
    """Runs transactions on the saves of one player."""

    player: str = ""
    """Whose adventures are seen. A file has one player, whose name is empty."""
    location: Path | str
    """What opens it again: a path or a URL, with its password: never show it."""
    search_index: SearchIndex

    def __init__(self, name: str, readers: Engine, writers: Engine) -> None:
        self.name = name
        """What to call it in messages; holds no password."""
        self._readers = readers
        self._writers = writers

    def close(self) -> None:
        """Close every connection."""
        self._readers.dispose()

    @contextmanager
    def read_transaction(self) -> Iterator[Connection]:
        """Yield a connection that sees one snapshot.

        Raises SavesError or SavesDamaged.
        """
        with self.translate_errors("read"), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def write_transaction(self, operation: Operation = "change") -> Iterator[Connection]:
        """Yield a connection that commits when the block ends, or rolls back when it raises.

        Raises NotSaved; its sentence says that `operation` failed.
        """
        try:
            with self.translate_errors(operation), self._writers.begin() as connection:
                yield connection
        except NotSaved:
            raise
        except SavesError as error:  # the file was replaced
            raise NotSaved(f"Not saved. {error}") from error

    @abstractmethod
    def create_or_migrate(self) -> bool:
        """Bring the database to the newest schema; return whether it had to be created.

        Raises SavesError for a database of a newer Grue or one that is not Grue's, SavesDamaged for
        one that cannot be read, NotSaved if it cannot be created or migrated.
        """

    @abstractmethod
    def back_up_daily(self) -> tuple[str, ...]:
        """Make today's backup, if there is none; return warnings for the player."""

    @abstractmethod
    def back_up_before_delete(self, adventure_id: str) -> None:
        """Back up what a deletion would lose."""

    @abstractmethod
    def back_up(self, to: Path | None = None) -> Path:
        """Copy everything of the player to a new file, by default into the folder of backups."""

    @abstractmethod
    def translate_errors(self, operation: Operation) -> AbstractContextManager[None]:
        """Translate errors of the database and the system into sentences for the player."""


@contextmanager
def translate_errors(
    name: str,
    operation: Operation,
    explain: Callable[[BaseException], Failure],
    errors: tuple[type[Exception], ...] = (OSError,),
) -> Iterator[None]:
    """Raise errors of the database called `name` as sentences; `explain` finds the reason.

    `errors` are the driver's own, and those of the system. Raises NotSaved if writing or copying
    fails, SavesDamaged or SavesError if reading fails.
    """
    try:
        yield
    except DBAPIError as error:
        raise _sentence(name, operation, explain(error.orig or error)) from error
    except errors as error:
        raise _sentence(name, operation, explain(error)) from error
    except UnicodeEncodeError as error:  # a lone surrogate that was not cleaned
        raise NotSaved("Not saved: the text holds characters that no file can hold.") from error


def _sentence(name: str, operation: Operation, failure: Failure) -> SavesError:
    match operation:
        case "append":  # of the turn that is played: a game keeps it
            return NotSaved(
                f"Not saved: {failure.reason} ({name}). What is on the screen stays there, "
                "and is saved with the next try."
            )
        case "change":
            return NotSaved(
                f"Not saved: {failure.reason} ({name}). Nothing was changed. Once that is solved, "
                "try again."
            )
        case "import":
            return NotSaved(
                f"Nothing of it was imported: {failure.reason} ({name}). What was here is "
                "unchanged. Once that is solved, import it again."
            )
        case "create":
            return NotSaved(
                f"{name} cannot be created: {failure.reason}. Choose another folder with "
                "--data-dir, or another place with GRUE_DATABASE_URL."
            )
        case "migrate":
            return NotSaved(
                f"{name} could not be brought up to date: {failure.reason}. It was left as it is. "
                "Once that is solved, try again."
            )
        case "copy":
            return NotSaved(f"No copy was made: {failure.reason} ({name}).")
        case "read" if failure.damaged:
            return SavesDamaged(f"{name} cannot be read: {failure.reason}. It was left as it is.")
        case "read":
            return SavesError(f"{name} cannot be read: {failure.reason}.")


def newer_schema(name: str, version: int) -> SavesError:
    """Return the refusal of a database that a newer version has written."""
    return SavesError(
        f"{name} was written by a newer Grue (schema {version}; this one knows "
        f"{schema.SCHEMA_VERSION}). It was left as it is. Install the newer Grue again."
    )


def hide_password(url: URL) -> str:
    """Return the URL without its password and its parameters, which may hold another one."""
    shown = url.set(drivername=url.get_backend_name(), query={})
    return clean_line(shown.render_as_string(hide_password=True))
