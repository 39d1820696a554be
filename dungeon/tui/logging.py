"""Log unexpected errors of the interface to a rotating file."""

import logging
from pathlib import Path

_MAX_BYTES = 1_000_000
"""Size at which the file is rotated; one older file is kept."""


def configure_logging(path: Path) -> None:
    """Write the interface's log to `path` from now on; discard it where that cannot be written."""
    from logging.handlers import RotatingFileHandler

    log = logging.getLogger("dungeon.tui")
    log.propagate = False
    if any(getattr(handler, "baseFilename", "") == str(path) for handler in log.handlers):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_MAX_BYTES, backupCount=1, encoding="utf-8")
    except OSError:
        log.addHandler(logging.NullHandler())
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
