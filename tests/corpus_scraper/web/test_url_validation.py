"""Validating URLs, and pinning the IP address to connect to."""

import asyncio
from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given

from corpus_scraper.web.errors import PagePostponed, PageRefused
from corpus_scraper.web.url_validation import is_loopback_host, parse_url, pin_address
from tests.rows import every_row


@every_row(
    "url",
    [
        "file:///etc/passwd",
        "ftp://example.org/",
        "gopher://example.org/",
        "data:text/html,hello",
        "javascript:alert(1)",
        "//example.org/",
        "example.org/story",
        "http://",
        "http:///story",
        "http://user:secret@example.org/",
        "http://example.org:99999/",
        "http://example.org/a b",
        "http://example.org/\r\nHost: other",
        "http://example.org/a/../../b",
        "http://example.org/%2e%2e/b",
        "http://[::1/",
        "http://" + "a" * 300 + ".org/",
        "http://example.org/" + "a" * 2_000,
    ],
)
def test_a_url_that_must_not_be_fetched_is_refused(url: str) -> None:
    with pytest.raises(PageRefused):
        parse_url(url)


@given(st.text(max_size=80) | st.text(max_size=60).map("http://{}".format))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    try:
        endpoint = parse_url(text)
    except PageRefused:
        return
    assert endpoint.scheme in ("http", "https")
    assert endpoint.host.isascii()
    assert parse_url(endpoint.url) == endpoint


def test_a_url_is_split_into_its_parts() -> None:
    endpoint = parse_url("HTTPS://Example.ORG:8443/a?b=c#d")
    assert (endpoint.host, endpoint.port, endpoint.target) == ("example.org", 8443, "/a?b=c")
    assert endpoint.origin == "https://example.org:8443"
    assert parse_url("http://bücher.example:80").url == "http://xn--bcher-kva.example/"


def pinned(url: str, *addresses: str, allow_localhost: bool = False) -> str:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return asyncio.run(pin_address(parse_url(url), resolve, allow_localhost=allow_localhost))


@every_row(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.1.1",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_only_the_public_internet_is_contacted(address: str) -> None:
    with pytest.raises(PageRefused, match="not on the public internet"):
        pinned("http://innocent.example/", address)
    with pytest.raises(PageRefused, match="not on the public internet"):
        pinned("http://innocent.example/", "93.184.216.34", address)


def test_an_ip_address_in_the_url_is_checked_as_well() -> None:
    with pytest.raises(PageRefused):
        pinned("http://127.0.0.1/")
    with pytest.raises(PageRefused):
        pinned("http://[::ffff:127.0.0.1]/")


def test_the_first_of_its_addresses_is_pinned() -> None:
    assert pinned("http://a.example/", "93.184.216.34", "1.1.1.1") == "93.184.216.34"


def test_allow_localhost_allows_only_this_machine() -> None:
    assert pinned("http://a.example/", "127.0.0.1", allow_localhost=True) == "127.0.0.1"
    with pytest.raises(PageRefused):
        pinned("http://a.example/", "10.0.0.1", allow_localhost=True)


def test_a_host_that_cannot_be_resolved_is_postponed() -> None:
    with pytest.raises(PagePostponed):
        pinned("http://a.example/")


def test_loopback_hosts_are_recognised() -> None:
    assert is_loopback_host("localhost")
    assert is_loopback_host("127.0.0.2")
    assert is_loopback_host("::1")
    assert not is_loopback_host("localhost.example.org")
