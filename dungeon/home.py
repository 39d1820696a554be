"""Locate the user's files: `--data-dir`, then `GRUE_HOME`, then the system's data folder."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from dungeon.errors import InputRefused


@dataclass(frozen=True, slots=True)
class Home:
    """The files and folders that Grue writes, under one root."""

    root: Path

    @classmethod
    def find(cls, data_dir: Path | None = None) -> "Home":
        """Return the home at `data_dir`, else at `GRUE_HOME`, else in the system's data folder.

        Raises InputRefused if that is not a folder.
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
    def models(self) -> Path:
        """The folder of model files."""
        return self.root / "models"

    @property
    def scenarios(self) -> Path:
        """The folder of the player's own scenarios."""
        return self.root / "scenarios"

    @property
    def settings(self) -> Path:
        """The file of the player's settings."""
        return self.root / "settings.toml"

    @property
    def log(self) -> Path:
        """The log file, for bug reports."""
        return self.root / "grue.log"
