"""Provides the sites and pages that are left alone: for adults only, behind a log-in, reserved.

Knows nothing of any site that is read.
"""

import re
from urllib.parse import urlsplit

from corpus_scraper.sites.site import Page
from corpus_scraper.web.errors import PageRefused

REFUSED_HOSTS = {
    "chyoa.com": "the site is for adults only",
    "literotica.com": "the site is for adults only",
    "writing.com": "the site wants a log-in",
}
"""Sites that are left alone, and why; their subdomains are, too."""

_LABEL = re.compile(
    rb"RTA-5042-1996-1400-1577-RTA"
    rb"|<meta[^<>]{1,200}name\s*=\s*[\"']?rating[\"']?[^<>]{1,200}content\s*=\s*[\"']?adult\b"
    rb"|<meta[^<>]{1,200}content\s*=\s*[\"']?adult[\"']?[^<>]{1,200}name\s*=\s*[\"']?rating\b",
    re.IGNORECASE,
)
"""How a page tells programs that it is for adults only."""

_RESERVED = re.compile(
    rb"<meta[^<>]{1,200}name\s*=\s*[\"']?tdm-reservation[\"']?[^<>]{1,200}content\s*=\s*[\"']?1\b"
    rb"|<meta[^<>]{1,200}name\s*=\s*[\"']?robots[\"']?[^<>]{1,200}content\s*=[^<>]{0,200}\bnoai\b",
    re.IGNORECASE,
)
"""How a page tells programs that nothing is to be learned from it."""

_HEAD_BYTES = 64 * 1024


def check_address(url: str) -> None:
    """Raise Refused where the site at `url` is left alone."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    for refused, why in REFUSED_HOSTS.items():
        if host == refused or host.endswith(f".{refused}"):
            raise PageRefused(why)


def check_page(page: Page) -> None:
    """Raise Refused where a page stands on such a site, or says itself that it is left alone."""
    check_address(page.url)
    head = page.body[:_HEAD_BYTES]
    if _LABEL.search(head):
        raise PageRefused("the page is for adults only")
    if _RESERVED.search(head):
        raise PageRefused("the page says that nothing is to be learned from it")
