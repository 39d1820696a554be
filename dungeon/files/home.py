"""Locate the user's files: `--data-dir`, then `GRUE_HOME`, then the system's data folder.

`GRUE_DATABASE_URL` moves the saves alone to another file or to a server.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from dungeon.errors import InputRefused

_SQLITE = "sqlite:///"


@dataclass(frozen=True, slots=True)
class Home:
    """The files and folders that Grue writes, under one root."""

    root: Path
    database_url: str = ""
    """Where the saves are instead of in this folder; may hold a password: never show it."""

    @classmethod
    def find(cls, data_dir: Path | None = None) -> "Home":
        """Return the home at `data_dir`, else at `GRUE_HOME`, else in the system's data folder.

        Its saves are at `GRUE_DATABASE_URL`, if that is set. Raises InputRefused if the home is not
        a folder.
        """
        named = data_dir or os.environ.get("GRUE_HOME")
        root = Path(named).expanduser() if named else platformdirs.user_data_path("grue")
        if root.exists() and not root.is_dir():
            raise InputRefused(
                f"{root} is not a folder. Name a folder with --data-dir or GRUE_HOME."
            )
        return cls(root, os.environ.get("GRUE_DATABASE_URL", "").strip())

    @property
    def saves(self) -> Path:
        """The SQLite file with every adventure, unless a URL says otherwise."""
        return self.root / "adventures.db"

    @property
    def saves_location(self) -> Path | str:
        """The path or URL of the saves."""
        return self.database_url or self.saves

    @property
    def has_saves(self) -> bool:
        """Whether there are saves; a server is not asked, and always has some."""
        if self.database_url.startswith(_SQLITE):
            return Path(self.database_url.removeprefix(_SQLITE)).exists()
        return bool(self.database_url) or self.saves.exists()

    @property
    def unsent_lines(self) -> Path:
        """The file of lines that were typed and not sent when a game was left."""
        return self.root / "unsent.json"

    @property
    def backups(self) -> Path:
        """The folder of backups, also of saves that are on a server."""
        return self.root / "backups"

    @property
    def models(self) -> Path:
        """The folder of model files."""
        return self.root / "models"

    @property
    def slots(self) -> Path:
        """The folder of saved KV states, which may be deleted at any time."""
        return self.root / "slots"

    @property
    def scenarios(self) -> Path:
        """The folder of the player's own scenarios."""
        return self.root / "scenarios"

    @property
    def themes(self) -> Path:
        """The folder of the player's own colour themes."""
        return self.root / "themes"

    @property
    def scripts(self) -> Path:
        """The folder of the player's scripts."""
        return self.root / "scripts"

    @property
    def trusted_scripts(self) -> Path:
        """Which of them may run; not in their folder, so that nothing copied there is trusted."""
        return self.root / "trusted_scripts.toml"

    @property
    def settings(self) -> Path:
        """The file of the player's settings."""
        return self.root / "settings.toml"

    @property
    def line_history(self) -> Path:
        """The file of what the player typed."""
        return self.root / "history.jsonl"

    @property
    def log(self) -> Path:
        """The log file, for bug reports."""
        return self.root / "grue.log"
