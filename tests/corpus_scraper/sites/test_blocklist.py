"""What is left alone: sites for adults only or behind a log-in, and pages that say so."""

import pytest

from corpus_scraper.sites import SITES, site_for
from corpus_scraper.sites.blocklist import check_page
from corpus_scraper.web.errors import PageRefused
from tests.corpus_scraper.sites.saved_pages import made

PAGE = "https://a.example/tale.html"


@pytest.mark.parametrize(
    "url",
    [
        "https://chyoa.com/story/A.1",
        "https://www.chyoa.com/",
        "http://WRITING.com/main/interact/item_id/1",
        "https://www.literotica.com./s/a",
    ],
)
def test_some_sites_are_left_alone(url: str) -> None:
    with pytest.raises(PageRefused, match=r"log-in|adults"):
        site_for(url)
    with pytest.raises(PageRefused):
        check_page(made(b"<p>A tale", url))


@pytest.mark.parametrize(
    "label",
    [
        '<meta name="RATING" content="RTA-5042-1996-1400-1577-RTA" />',
        '<meta name="rating" content="adult">',
        "<META content='adult' name='rating'>",
    ],
)
def test_a_page_that_says_it_is_for_adults_is_left_alone(label: str) -> None:
    with pytest.raises(PageRefused, match="adults"):
        check_page(made(f"<html><head>{label}</head>".encode(), PAGE))


@pytest.mark.parametrize(
    "label",
    [
        '<meta name="tdm-reservation" content="1">',
        '<META NAME=robots CONTENT="noindex, noai, noimageai">',
    ],
)
def test_a_page_from_which_nothing_is_to_be_learned_is_left_alone(label: str) -> None:
    with pytest.raises(PageRefused, match="learned"):
        check_page(made(f"<html><head>{label}</head>".encode(), PAGE))


@pytest.mark.parametrize(
    "page", ["<p>An adult rating of the meta kind.", '<meta name="rating" content="general">']
)
def test_other_pages_are_read(page: str) -> None:
    check_page(made(page.encode(), PAGE))


def test_the_most_particular_site_reads_an_address() -> None:
    assert site_for("https://chooseyourstory.com/Stories/").name == "chooseyourstory"
    assert site_for("https://infinite-story.com/story/room.php?id=1").name == "infinite-story"
    assert site_for(PAGE).name == "twine-page"
    with pytest.raises(PageRefused):
        site_for("file:///etc/passwd")


def test_every_site_is_called_by_its_name() -> None:
    assert all(name == site.name for name, site in SITES.items())
