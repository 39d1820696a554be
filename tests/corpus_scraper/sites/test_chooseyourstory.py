"""chooseyourstory.com: lists, pages about stories, and the viewer with its moves."""

import base64

import hypothesis.strategies as st
import pytest
from hypothesis import given

from corpus_scraper.sites.chooseyourstory import SITE
from corpus_scraper.sites.site import End, Entry, LandingPage, Listing, Page, Step, StoryPage
from corpus_scraper.web.errors import PageError, PageRefused
from tests.corpus_scraper.sites.any_page import CHARSETS, any_page
from tests.corpus_scraper.sites.saved_pages import made, saved

HOME = "https://chooseyourstory.com"
VIEWER = f"{HOME}/story/viewer/default.aspx?StoryId=6823"


# Addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "claimed"),
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
def test_its_own_addresses_are_claimed(url: str, claimed: bool) -> None:
    assert SITE.claims(url) is claimed


def test_one_page_has_one_key_whatever_name_the_host_is_called_by() -> None:
    for url in (
        "http://www.chooseyourstory.com/story/viewer/default.aspx?StoryId=6823",
        f"{HOME}/story/viewer/?6823",
        f"{HOME}/story/viewer/default.aspx?a=b&storyid=6823",
    ):
        assert SITE.enter(url) == Entry(Step(VIEWER, VIEWER))
    assert SITE.enter(f"{HOME}/Stories/top.aspx") == Step(*[f"{HOME}/Stories/top.aspx"] * 2)
    with pytest.raises(PageRefused):
        SITE.enter(f"{HOME}/story/viewer/default.aspx")
    with pytest.raises(PageRefused):
        SITE.enter(f"{HOME}/forums/")


# Lists and pages about stories --------------------------------------------------------------------


def test_a_list_names_its_stories() -> None:
    reading = SITE.read(saved("chooseyourstory_list", f"{HOME}/Stories/Fantasy_Adventure.aspx"))
    assert isinstance(reading, Listing)
    first, second = reading.entries
    assert first.step.url == f"{HOME}/story/The-Salt-Road~3a-Part-One"
    assert first.title == "The Salt Road: Part One"
    assert first.author == "Marrow"
    assert first.details == "length 4, difficulty 6, rating 6.8"
    assert (second.title, second.author, second.details) == ("Under the Lake", "", "")
    (leaf,) = reading.more
    assert leaf == Step(
        f"{HOME}/Stories/Fantasy_Adventure.aspx#Page$2",
        f"{HOME}/Stories/Fantasy_Adventure.aspx",
        (
            ("__EVENTTARGET", "ctl00$MainContentPlaceHolder$StoriesGridView"),
            ("__VIEWSTATE", "/wEPDw=="),
            ("__EVENTARGUMENT", "Page$2"),
        ),
    )


def test_the_genres_lead_to_lists_of_this_host() -> None:
    reading = SITE.read(saved("chooseyourstory_genres", f"{HOME}/Stories/"))
    assert isinstance(reading, Listing)
    names = [step.url.rpartition("/")[2] for step in reading.more]
    assert names == ["Fantasy_Adventure.aspx", "Horror.aspx", "top.aspx"]


def test_a_page_about_a_story_leads_to_its_first_page() -> None:
    page = saved("chooseyourstory_cover", f"{HOME}/story/The-Salt-Road~3a-Part-One")
    assert SITE.read(page) == LandingPage(Step(VIEWER, VIEWER), "The Salt Road: Part One", "Marrow")


@pytest.mark.parametrize("path", ["/Stories/Horror.aspx", "/story/Gone", "/story/viewer/?1"])
def test_a_page_without_what_belongs_on_it_is_refused(path: str) -> None:
    with pytest.raises(PageRefused):
        SITE.read(made(b"<h1>Down for maintenance</h1>", HOME + path))


# The viewer ---------------------------------------------------------------------------------------


def scene(page: Page | None = None) -> StoryPage:
    reading = SITE.read(page or saved("chooseyourstory_scene", VIEWER))
    assert isinstance(reading, StoryPage)
    return reading


def test_a_page_is_read_as_a_browser_shows_it() -> None:
    assert scene().text == (
        "You come to a gate that nobody has opened for years. Rust runs down it—or is it salt?\n\n"
        "“Halt,” says the gate.\nYou halt.\n\nA key hangs beside it."
    )
    assert scene().title == "The Salt Road: Part One"


def test_a_move_sends_the_whole_form_back() -> None:
    take, back, use = scene().ways
    assert (take.text, back.text) == ("Take the key", "Turn back")
    assert take.step.url == VIEWER
    assert take.step.form == (
        ("__VIEWSTATE", "/wEPDwUKLTc2NzM4"),
        ("__VIEWSTATEGENERATOR", "95E7B1B8"),
        ("SS", "YTFiMi1jM2Q0LDY5MjR8NjkyMCA2OTIxfDE0IDE1fDM9MXxnb2xkPTU7b2F0aD0x"),
        ("pbAction", "FollowLink"),
        ("pbValue", "14"),
    )
    assert use.text == "Use the Bag of salt"
    assert dict(use.step.form or ())["pbAction"] == "UseItem"


def test_the_choice_to_end_the_game_is_no_choice_of_the_story() -> None:
    assert scene().ending
    assert "End Game" not in "".join(way.text for way in scene().ways)


def with_state(hidden: str) -> Page:
    page = saved("chooseyourstory_scene", VIEWER)
    old = dict(scene().ways[0].step.form or ())["SS"]
    new = base64.b64encode(hidden.encode()).decode()
    return made(page.body.replace(old.encode(), new.encode()), VIEWER)


def test_a_place_is_its_page_and_its_state_and_not_the_way_there() -> None:
    here = scene()
    other_way = scene(with_state("ffff-0000,6924|1 2 3|9|3=1|gold=5;oath=1"))
    other_state = scene(with_state("a1b2-c3d4,6924|6920 6921|14 15|3=1|gold=4;oath=1"))
    other_items = scene(with_state("a1b2-c3d4,6924|6920 6921|14 15||gold=5;oath=1"))
    stateless = scene(with_state("a1b2-c3d4,6924|6920 6921|14 15||"))
    assert here.id == other_way.id
    assert len({here.id, other_state.id, other_items.id, stateless.id}) == 4
    assert {each.page for each in (here, other_way, other_state, stateless)} == {"6924"}
    assert stateless.id == "6924"


def test_a_move_has_the_same_key_on_every_visit() -> None:
    other_visit = scene(with_state("ffff-0000,6924|1 2 3|9|3=1|gold=5;oath=1"))
    assert [w.step.key for w in scene().ways] == [w.step.key for w in other_visit.ways]
    assert len({w.step.key for w in scene().ways}) == 3


@pytest.mark.parametrize("hidden", ["", "not base64!", "bm8gcGFnZQ==", "YSxifGN8ZHxlfGY=", "//79"])
def test_a_page_that_does_not_say_which_it_is_is_refused(hidden: str) -> None:
    page = saved("chooseyourstory_scene", VIEWER)
    old = dict(scene().ways[0].step.form or ())["SS"]
    with pytest.raises(PageRefused, match="which it is"):
        SITE.read(made(page.body.replace(old.encode(), hidden.encode()), VIEWER))


def test_a_page_whose_text_is_not_where_it_belongs_is_refused() -> None:
    """The site was made over: better no page than an empty one that ends the story."""
    body = saved("chooseyourstory_scene", VIEWER).body.replace(b"dark1border", b"new-look")
    with pytest.raises(PageRefused, match="no text where"):
        SITE.read(made(body, VIEWER))


def test_a_page_of_pictures_alone_is_noted() -> None:
    body = saved("chooseyourstory_scene", VIEWER).body
    begin, end = body.index(b"<p>You come"), body.index(b"<!-- Links")
    page = scene(made(body[:begin] + b"<img src=a.png></div>" + body[end:], VIEWER))
    assert page.text == ""
    assert page.notes == ("Some pages have no text.",)
    assert len(page.ways) == 3


@given(st.text("0123456789,|;=a~", max_size=30), st.text(max_size=12))
def test_whatever_it_says_a_place_is_a_number_and_a_state(hidden: str, variables: str) -> None:
    hidden += variables.encode("utf-8", "replace").decode()
    try:
        here = scene(with_state(hidden))
    except PageRefused:
        return
    assert here.page.isdecimal()
    assert here.id == here.page or here.id.startswith(f"{here.page}~")
    assert all(f"#{here.id}>" in way.step.key for way in here.ways)


def test_the_page_that_asks_for_a_rating_is_the_end() -> None:
    assert SITE.read(saved("chooseyourstory_rating", VIEWER)) == End()
    rate = f"{HOME}/story/viewer/rate.aspx?StoryId=6823"
    assert SITE.read(made(b"<p>Thank you", rate)) == End()


def test_a_broken_link_is_no_page() -> None:
    with pytest.raises(PageRefused, match="leads nowhere"):
        SITE.read(saved("chooseyourstory_broken", VIEWER))


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
def test_any_page_is_read_or_refused(body: bytes, charset: str) -> None:
    for path in ("/Stories/", "/Stories/top.aspx", "/story/A", "/story/viewer/?7"):
        page = made(body, HOME + path, charset)
        try:
            reading = SITE.read(page)
        except PageError:
            continue
        assert reading == SITE.read(page)
        if isinstance(reading, StoryPage):
            assert reading.page in reading.id
