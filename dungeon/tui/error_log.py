"""Log unexpected errors of the interface to a rotating file, opened at the first one."""

import logging
from pathlib import Path

_BYTES = 1_000_000
"""Size at which the log is rotated; one older file is kept."""

_LOG = logging.getLogger("dungeon.tui")


def log_error(error: BaseException, path: Path) -> None:
    """Write `error` with its traceback to the log at `path`."""
    configure_logging(path)
    _LOG.error("Unexpected error", exc_info=error)


def configure_logging(path: Path) -> None:
    """Write the interface's log to `path` from now on; discard it where that cannot be written."""
    from logging.handlers import RotatingFileHandler

    _LOG.propagate = False
    if any(getattr(handler, "baseFilename", "") == str(path) for handler in _LOG.handlers):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=1, encoding="utf-8")
    except OSError:
        _LOG.addHandler(logging.NullHandler())
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    _LOG.addHandler(handler)
