"""What a web server's refusal means for a download: wait and try again, or an error sentence."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from dungeon.models.catalog import CatalogEntry, WebFile

RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Status codes that another attempt may get past."""

_LOGIN = frozenset({401, 403})
_GONE = frozenset({404, 410})


def refusal(entry: CatalogEntry, source: WebFile, status: int) -> str:
    """Return the error for a response with `status`."""
    where = f"{source.host} does not give the file of {entry.title}"
    if status in _LOGIN:
        return (
            f"{where} without a login ({status}). Log in there, accept the model's terms, and set "
            "HF_TOKEN to an access token. Or download the file with a browser and play it with "
            f"--model FILE: {source.url}"
        )
    if status in _GONE:
        return (
            f"{where}: it is no longer at {source.url} ({status}). Choose another model, or "
            "install a newer Grue."
        )
    return f"{where}: it answered with the status {status}. Try again later."


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds that the header Retry-After asks to wait; None where it says nothing."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max((moment - (now or datetime.now(UTC))).total_seconds(), 0.0)
