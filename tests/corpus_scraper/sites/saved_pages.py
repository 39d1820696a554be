"""The saved pages in `pages/`, as a site gets them."""

import hashlib
from pathlib import Path

from corpus_scraper.sites.site import Page

_FOLDER = Path(__file__).parent / "pages"


def saved(name: str, url: str, charset: str = "utf-8") -> Page:
    """Return the saved page `name` as it would come from `url`."""
    return made((_FOLDER / f"{name}.html").read_bytes(), url, charset)


def made(body: bytes, url: str, charset: str = "utf-8") -> Page:
    """Return a page of these bytes."""
    digest = hashlib.sha256(body).hexdigest()
    return Page(url, body, charset, "2026-11-01T12:00:00+00:00", digest)
