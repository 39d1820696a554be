"""Locate the user's files: `--data-dir`, then `GRUE_HOME`, then the system's data folder."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from dungeon.errors import InputRefused


@dataclass(frozen=True, slots=True)
class Home:
    """Every path Grue writes to, under one root."""

    root: Path

    @classmethod
    def find(cls, data_dir: Path | None = None) -> "Home":
        """Return the home named by `data_dir`, else by `GRUE_HOME`, else the system's place for it.

        Raises InputRefused where that is something else than a folder.
        """
        named = data_dir or os.environ.get("GRUE_HOME")
        root = Path(named).expanduser() if named else platformdirs.user_data_path("grue")
        if root.exists() and not root.is_dir():
            raise InputRefused(
                f"{root} is not a folder. Name a folder with --data-dir or GRUE_HOME."
            )
        return cls(root)

    @property
    def saves(self) -> Path:
        """The SQLite file with every adventure."""
        return self.root / "adventures.db"

    @property
    def backups(self) -> Path:
        """The folder of copies of the saves."""
        return self.root / "backups"

    @property
    def models(self) -> Path:
        """The folder of model files."""
        return self.root / "models"

    @property
    def scenarios(self) -> Path:
        """The folder of the player's own openings."""
        return self.root / "scenarios"

    @property
    def settings(self) -> Path:
        """The file of what the player has chosen."""
        return self.root / "settings.toml"

    @property
    def log(self) -> Path:
        """The file that says what went wrong, for bug reports."""
        return self.root / "grue.log"
