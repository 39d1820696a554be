"""Whether the disk has room for a download."""

from pathlib import Path

from dungeon.errors import WeightsError
from dungeon.files.disk_room import free_bytes
from dungeon.models.catalog import CatalogEntry

SPARE_BYTES = 200_000_000
"""What a download leaves free on the disk: a full one keeps adventures from being saved."""


def check_space(entry: CatalogEntry, folder: Path, missing: int) -> None:
    """Raise WeightsError where the disk has no room for `missing` more bytes of the file."""
    needed, free = missing + SPARE_BYTES, free_bytes(folder)
    if free < needed:
        raise WeightsError(
            f"{entry.title} needs {needed / 1e9:.1f} GB on the disk of {folder}, and "
            f"{free / 1e9:.1f} GB are free. Make room there, or name another folder with "
            "--data-dir."
        )
