"""Sites and pages that are never scraped: for adults only, behind a log-in, or opted out."""

import re
from urllib.parse import urlsplit

from corpus_scraper.sites.site import Page
from corpus_scraper.web.errors import PageRefused

BLOCKED_HOSTS = {
    "chyoa.com": "the site is for adults only",
    "literotica.com": "the site is for adults only",
    "writing.com": "the site requires a log-in",
}
"""Blocked hosts, including their subdomains, and the reason."""

_ADULT = re.compile(
    rb"RTA-5042-1996-1400-1577-RTA"
    rb"|<meta[^<>]{1,200}name\s*=\s*[\"']?rating[\"']?[^<>]{1,200}content\s*=\s*[\"']?adult\b"
    rb"|<meta[^<>]{1,200}content\s*=\s*[\"']?adult[\"']?[^<>]{1,200}name\s*=\s*[\"']?rating\b",
    re.IGNORECASE,
)
"""The RTA label, and the rating in a meta tag."""

_OPT_OUT = re.compile(
    rb"<meta[^<>]{1,200}name\s*=\s*[\"']?tdm-reservation[\"']?[^<>]{1,200}content\s*=\s*[\"']?1\b"
    rb"|<meta[^<>]{1,200}name\s*=\s*[\"']?robots[\"']?[^<>]{1,200}content\s*=[^<>]{0,200}\bnoai\b",
    re.IGNORECASE,
)
"""A page's opt-out from text and data mining: the TDM Reservation Protocol, or `noai`."""

_HEAD_BYTES = 64 * 1024


def check_url(url: str) -> None:
    """Raise PageRefused where the host of `url` is blocked."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    for blocked, reason in BLOCKED_HOSTS.items():
        if host == blocked or host.endswith(f".{blocked}"):
            raise PageRefused(reason)


def check_page(page: Page) -> None:
    """Raise PageRefused where the host or the content of a page is blocked."""
    check_url(page.url)
    head = page.body[:_HEAD_BYTES]
    if _ADULT.search(head):
        raise PageRefused("the page is for adults only")
    if _OPT_OUT.search(head):
        raise PageRefused("the page opts out of text and data mining")
