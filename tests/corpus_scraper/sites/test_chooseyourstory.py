"""chooseyourstory.com: listings, landing pages, and the viewer."""

import base64

import hypothesis.strategies as st
import pytest
from hypothesis import given

from corpus_scraper.sites.chooseyourstory import SITE
from corpus_scraper.sites.site import EndPage, LandingPage, Listing, Page, PageRequest, StoryPage
from corpus_scraper.web.errors import PageError, PageRefused
from tests.corpus_scraper.sites.any_page import CHARSETS, any_page
from tests.corpus_scraper.sites.saved_pages import made, saved
from tests.rows import every_row

HOME = "https://chooseyourstory.com"
VIEWER = f"{HOME}/story/viewer/default.aspx?StoryId=6823"


# URLs ---------------------------------------------------------------------------------------------


@every_row(
    ("url", "handled"),
    [
        (f"{HOME}/Stories/", True),
        (f"{HOME}/Stories/top.aspx", True),
        (f"{HOME}/stories/Sci_Fi_Adventure.aspx", True),
        ("http://www.chooseyourstory.com/story/The-Salt-Road~3a-Part-One", True),
        (VIEWER, True),
        (f"{HOME}/story/viewer/?6823", True),
        (f"{HOME}/", False),
        (f"{HOME}/forums/", False),
        (f"{HOME}/story/viewer/save.aspx?StoryId=6823", False),
        ("https://notchooseyourstory.com/Stories/", False),
        ("https://chooseyourstory.com.evil.example/Stories/", False),
    ],
)
def test_its_own_urls_are_handled(url: str, handled: bool) -> None:
    assert SITE.handles(url) is handled


def test_one_page_has_one_key_under_all_its_urls() -> None:
    for url in (
        "http://www.chooseyourstory.com/story/viewer/default.aspx?StoryId=6823",
        f"{HOME}/story/viewer/?6823",
        f"{HOME}/story/viewer/default.aspx?a=b&storyid=6823",
    ):
        assert SITE.start_request(url) == PageRequest(VIEWER, VIEWER, starts_story=True)
    assert SITE.start_request(f"{HOME}/Stories/top.aspx") == PageRequest(
        *[f"{HOME}/Stories/top.aspx"] * 2
    )
    with pytest.raises(PageRefused):
        SITE.start_request(f"{HOME}/story/viewer/default.aspx")
    with pytest.raises(PageRefused):
        SITE.start_request(f"{HOME}/forums/")


# Listings and landing pages -----------------------------------------------------------------------


def test_a_listing_has_its_stories_and_further_pages() -> None:
    content = SITE.parse(saved("chooseyourstory_list", f"{HOME}/Stories/Fantasy_Adventure.aspx"))
    assert isinstance(content, Listing)
    first, second = content.entries
    assert first.request.url == f"{HOME}/story/The-Salt-Road~3a-Part-One"
    assert first.title == "The Salt Road: Part One"
    assert first.author == "Marrow"
    assert first.details == "length 4, difficulty 6, rating 6.8"
    assert (second.title, second.author, second.details) == ("Under the Lake", "", "")
    (leaf,) = content.more
    assert leaf == PageRequest(
        f"{HOME}/Stories/Fantasy_Adventure.aspx#Page$2",
        f"{HOME}/Stories/Fantasy_Adventure.aspx",
        (
            ("__EVENTTARGET", "ctl00$MainContentPlaceHolder$StoriesGridView"),
            ("__VIEWSTATE", "/wEPDw=="),
            ("__EVENTARGUMENT", "Page$2"),
        ),
    )


def test_the_genres_lead_to_listings_of_this_host() -> None:
    content = SITE.parse(saved("chooseyourstory_genres", f"{HOME}/Stories/"))
    assert isinstance(content, Listing)
    names = [request.url.rpartition("/")[2] for request in content.more]
    assert names == ["Fantasy_Adventure.aspx", "Horror.aspx", "top.aspx"]


def test_a_landing_page_leads_to_the_first_page() -> None:
    page = saved("chooseyourstory_cover", f"{HOME}/story/The-Salt-Road~3a-Part-One")
    assert SITE.parse(page) == LandingPage(
        PageRequest(VIEWER, VIEWER), "The Salt Road: Part One", "Marrow"
    )


@every_row("path", ["/Stories/Horror.aspx", "/story/Gone", "/story/viewer/?1"])
def test_a_page_without_the_expected_parts_is_refused(path: str) -> None:
    with pytest.raises(PageRefused):
        SITE.parse(made(b"<h1>Down for maintenance</h1>", HOME + path))


# The viewer ---------------------------------------------------------------------------------------


def story_page(page: Page | None = None) -> StoryPage:
    content = SITE.parse(page or saved("chooseyourstory_scene", VIEWER))
    assert isinstance(content, StoryPage)
    return content


def test_the_text_is_what_a_browser_shows() -> None:
    assert story_page().text == (
        "You come to a gate that nobody has opened for years. Rust runs down it—or is it salt?\n\n"
        "“Halt,” says the gate.\nYou halt.\n\nA key hangs beside it."
    )
    assert story_page().title == "The Salt Road: Part One"


def test_a_choice_posts_the_whole_form() -> None:
    take, back, use = story_page().links
    assert (take.text, back.text) == ("Take the key", "Turn back")
    assert take.request.url == VIEWER
    assert take.request.form == (
        ("__VIEWSTATE", "/wEPDwUKLTc2NzM4"),
        ("__VIEWSTATEGENERATOR", "95E7B1B8"),
        ("SS", "YTFiMi1jM2Q0LDY5MjR8NjkyMCA2OTIxfDE0IDE1fDM9MXxnb2xkPTU7b2F0aD0x"),
        ("pbAction", "FollowLink"),
        ("pbValue", "14"),
    )
    assert use.text == "Use the Bag of salt"
    assert dict(use.request.form or ())["pbAction"] == "UseItem"


def test_the_choice_to_end_the_game_makes_an_ending() -> None:
    assert story_page().ending
    assert "End Game" not in "".join(link.text for link in story_page().links)


def with_state(hidden: str) -> Page:
    page = saved("chooseyourstory_scene", VIEWER)
    old = dict(story_page().links[0].request.form or ())["SS"]
    new = base64.b64encode(hidden.encode()).decode()
    return made(page.body.replace(old.encode(), new.encode()), VIEWER)


def test_a_state_is_page_items_and_variables_and_not_the_history() -> None:
    here = story_page()
    other_path = story_page(with_state("ffff-0000,6924|1 2 3|9|3=1|gold=5;oath=1"))
    other_state = story_page(with_state("a1b2-c3d4,6924|6920 6921|14 15|3=1|gold=4;oath=1"))
    other_items = story_page(with_state("a1b2-c3d4,6924|6920 6921|14 15||gold=5;oath=1"))
    stateless = story_page(with_state("a1b2-c3d4,6924|6920 6921|14 15||"))
    assert here.state_id == other_path.state_id
    assert len({here.state_id, other_state.state_id, other_items.state_id, stateless.state_id}) == 4
    assert {each.page_id for each in (here, other_path, other_state, stateless)} == {"6924"}
    assert stateless.state_id == "6924"


def test_a_choice_has_the_same_key_on_every_visit() -> None:
    other_visit = story_page(with_state("ffff-0000,6924|1 2 3|9|3=1|gold=5;oath=1"))
    assert [link.request.key for link in story_page().links] == [
        link.request.key for link in other_visit.links
    ]
    assert len({link.request.key for link in story_page().links}) == 3


@every_row("hidden", ["", "not base64!", "bm8gcGFnZQ==", "YSxifGN8ZHxlfGY=", "//79"])
def test_a_page_without_a_page_number_is_refused(hidden: str) -> None:
    page = saved("chooseyourstory_scene", VIEWER)
    old = dict(story_page().links[0].request.form or ())["SS"]
    with pytest.raises(PageRefused, match="no page number"):
        SITE.parse(made(page.body.replace(old.encode(), hidden.encode()), VIEWER))


def test_a_page_with_an_unknown_layout_is_refused() -> None:
    """After a redesign no page is better than an empty one that ends the story."""
    body = saved("chooseyourstory_scene", VIEWER).body.replace(b"dark1border", b"new-look")
    with pytest.raises(PageRefused, match="no text where"):
        SITE.parse(made(body, VIEWER))


def test_a_page_of_pictures_alone_gets_a_note() -> None:
    body = saved("chooseyourstory_scene", VIEWER).body
    begin, end = body.index(b"<p>You come"), body.index(b"<!-- Links")
    page = story_page(made(body[:begin] + b"<img src=a.png></div>" + body[end:], VIEWER))
    assert page.text == ""
    assert page.notes == ("Some pages have no text.",)
    assert len(page.links) == 3


@given(st.text("0123456789,|;=a~", max_size=30), st.text(max_size=12))
def test_any_state_starts_with_the_page_number(hidden: str, variables: str) -> None:
    hidden += variables.encode("utf-8", "replace").decode()
    try:
        here = story_page(with_state(hidden))
    except PageRefused:
        return
    assert here.page_id.isdecimal()
    assert here.state_id == here.page_id or here.state_id.startswith(f"{here.page_id}~")
    assert all(f"#{here.state_id}>" in link.request.key for link in here.links)


def test_the_page_that_asks_for_a_rating_is_an_end_page() -> None:
    assert SITE.parse(saved("chooseyourstory_rating", VIEWER)) == EndPage()
    rate = f"{HOME}/story/viewer/rate.aspx?StoryId=6823"
    assert SITE.parse(made(b"<p>Thank you", rate)) == EndPage()


def test_a_broken_link_is_refused() -> None:
    with pytest.raises(PageRefused, match="is broken"):
        SITE.parse(saved("chooseyourstory_broken", VIEWER))


PARTS = (
    '<form id="pbForm"><input name="SS" value="MSwyfDN8NHw1fDY=">',
    '<form action="rate.aspx?StoryId=1">',
    '<div class="dark1border"></div><div>',
    "<a onclick=\"PostBack('FollowLink','7')\" href=#>",
    "<table id=\"Item_1\"><a onclick=\"PostBack('UseItem','7')\">",
    '<table id="X_StoriesGridView"><tr><td><a id="HyperLink1_0" href="/story/a">',
    '<input type="submit" onclick="go(\'/story/viewer/?7\')">',
    '<a href="/Stories/top.aspx">',
    "<title>",
)


@given(any_page(*PARTS), CHARSETS)
def test_any_page_is_parsed_or_refused(body: bytes, charset: str) -> None:
    for path in ("/Stories/", "/Stories/top.aspx", "/story/A", "/story/viewer/?7"):
        page = made(body, HOME + path, charset)
        try:
            content = SITE.parse(page)
        except PageError:
            continue
        assert content == SITE.parse(page)
        if isinstance(content, StoryPage):
            assert content.page_id in content.state_id
