"""Find the packs among the player's scenarios: folders that hold a manifest."""

from collections.abc import Iterator
from pathlib import Path

MANIFEST = "pack.toml"


def pack_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders of packs in `folder`, sorted. Raises OSError."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if not path.name.startswith(".") and (path / MANIFEST).is_file():
                yield path


def pack_files(path: Path) -> list[Path]:
    """Return the scenario files of the pack in the folder `path`, sorted. Raises OSError."""
    files = (each for each in path.iterdir() if each.suffix == ".toml" and each.name != MANIFEST)
    return sorted(files)
