"""Addresses: what may be fetched, and which one IP address it is fetched from."""

import asyncio
from collections.abc import Sequence

import hypothesis.strategies as st
import pytest
from hypothesis import given

from corpus_scraper.web.errors import PagePostponed, PageRefused
from corpus_scraper.web.url_validation import endpoint, is_this_machine, pin


@pytest.mark.parametrize(
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
def test_what_is_no_page_is_refused(url: str) -> None:
    with pytest.raises(PageRefused):
        endpoint(url)


@given(st.text(max_size=80) | st.text(max_size=60).map("http://{}".format))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        place = endpoint(text)
    except PageRefused:
        return
    assert place.scheme in ("http", "https")
    assert place.host.isascii()
    assert endpoint(place.url) == place


def test_an_address_is_taken_apart() -> None:
    place = endpoint("HTTPS://Example.ORG:8443/a?b=c#d")
    assert (place.host, place.port, place.target) == ("example.org", 8443, "/a?b=c")
    assert place.origin == "https://example.org:8443"
    assert endpoint("http://bücher.example:80").url == "http://xn--bcher-kva.example/"


def pinned(url: str, *addresses: str, allow_localhost: bool = False) -> str:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return addresses

    return asyncio.run(pin(endpoint(url), resolve, allow_localhost=allow_localhost))


@pytest.mark.parametrize(
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


def test_an_address_in_the_url_is_checked_as_well() -> None:
    with pytest.raises(PageRefused):
        pinned("http://127.0.0.1/")
    with pytest.raises(PageRefused):
        pinned("http://[::ffff:127.0.0.1]/")


def test_the_first_of_its_addresses_is_pinned() -> None:
    assert pinned("http://a.example/", "93.184.216.34", "1.1.1.1") == "93.184.216.34"


def test_only_this_machine_is_allowed_where_asked_for() -> None:
    assert pinned("http://a.example/", "127.0.0.1", allow_localhost=True) == "127.0.0.1"
    with pytest.raises(PageRefused):
        pinned("http://a.example/", "10.0.0.1", allow_localhost=True)


def test_a_name_that_nobody_knows_is_tried_another_time() -> None:
    with pytest.raises(PagePostponed):
        pinned("http://a.example/")


def test_this_machine_is_known_by_its_names() -> None:
    assert is_this_machine("localhost")
    assert is_this_machine("127.0.0.2")
    assert is_this_machine("::1")
    assert not is_this_machine("localhost.example.org")
