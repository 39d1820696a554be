"""Provides `log_to`: the file that what nobody foresaw is put down in. Knows nothing of screens."""

import logging
from pathlib import Path

_KEPT = 1_000_000
"""Bytes after which the file begins anew; the one before it is kept."""


def configure_logging(path: Path) -> None:
    """Let the interface's log go to `path` from now on; nowhere where no file can be."""
    from logging.handlers import RotatingFileHandler

    log = logging.getLogger("dungeon.tui")
    log.propagate = False
    if any(getattr(handler, "baseFilename", "") == str(path) for handler in log.handlers):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_KEPT, backupCount=1, encoding="utf-8")
    except OSError:
        log.addHandler(logging.NullHandler())
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.addHandler(handler)
