"""Provides the folder of model files, for a program that has no player's folder to begin with.

Knows nothing of what lies in it.
"""

from pathlib import Path

from dungeon.home import Home


def models_dir(data_dir: Path | None = None) -> Path:
    """Return the folder where models are kept: under `data_dir`, else where the game keeps its own.

    Raises InputRefused where that is no folder.
    """
    return Home.find(data_dir).models
