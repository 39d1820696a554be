"""What is never scraped: sites for adults only or behind a log-in, and pages that opt out."""

import pytest

from corpus_scraper.sites import SITES, find_site
from corpus_scraper.sites.blocklist import check_page
from corpus_scraper.web.errors import PageRefused
from tests.corpus_scraper.sites.saved_pages import made
from tests.rows import every_row

PAGE = "https://a.example/tale.html"


@every_row(
    "url",
    [
        "https://chyoa.com/story/A.1",
        "https://www.chyoa.com/",
        "http://WRITING.com/main/interact/item_id/1",
        "https://www.literotica.com./s/a",
    ],
)
def test_blocked_hosts_are_refused(url: str) -> None:
    with pytest.raises(PageRefused, match=r"log-in|adults"):
        find_site(url)
    with pytest.raises(PageRefused):
        check_page(made(b"<p>A tale", url))


@every_row(
    "label",
    [
        '<meta name="RATING" content="RTA-5042-1996-1400-1577-RTA" />',
        '<meta name="rating" content="adult">',
        "<META content='adult' name='rating'>",
    ],
)
def test_a_page_labelled_for_adults_is_refused(label: str) -> None:
    with pytest.raises(PageRefused, match="adults"):
        check_page(made(f"<html><head>{label}</head>".encode(), PAGE))


@every_row(
    "label",
    [
        '<meta name="tdm-reservation" content="1">',
        '<META NAME=robots CONTENT="noindex, noai, noimageai">',
    ],
)
def test_a_page_that_opts_out_is_refused(label: str) -> None:
    with pytest.raises(PageRefused, match="opts out"):
        check_page(made(f"<html><head>{label}</head>".encode(), PAGE))


@every_row(
    "page", ["<p>An adult rating of the meta kind.", '<meta name="rating" content="general">']
)
def test_other_pages_pass(page: str) -> None:
    check_page(made(page.encode(), PAGE))


def test_the_most_specific_site_handles_a_url() -> None:
    assert find_site("https://chooseyourstory.com/Stories/").name == "chooseyourstory"
    assert find_site("https://infinite-story.com/story/room.php?id=1").name == "infinite-story"
    assert find_site(PAGE).name == "twine-page"
    with pytest.raises(PageRefused):
        find_site("file:///etc/passwd")


def test_sites_are_listed_by_name() -> None:
    assert all(name == site.name for name, site in SITES.items())
