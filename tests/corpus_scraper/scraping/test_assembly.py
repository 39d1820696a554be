"""Assembling fetched pages into story graphs."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from corpus_scraper.graph import Choice, Passage, StoryGraph
from corpus_scraper.scraping.assembly import SOMETIMES, assemble
from corpus_scraper.scraping.frontier import Frontier
from corpus_scraper.scraping.page_cache import PageCache, linked_requests
from corpus_scraper.sites.site import (
    EmbeddedStory,
    EndPage,
    LandingPage,
    Link,
    Listing,
    ListingEntry,
    Page,
    PageContent,
    PageRequest,
    Site,
    StoryPage,
)
from corpus_scraper.web.errors import PageRefused
from tests.corpus_scraper.graphs import graph

ORIGIN = "https://a.example"


def request(key: str) -> PageRequest:
    return PageRequest(key, f"{ORIGIN}/{key}")


def story_page(id_: str, text: str, *links: tuple[str, str], ending: bool = False) -> StoryPage:
    """Return a story page; its id is its state id, of which the page id is the part before `~`."""
    offered = tuple(Link(words, request(key)) for words, key in links)
    return StoryPage(id_, id_.partition("~")[0], text, offered, ending, title="A Tale")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tales.pages.db"


def assembled(
    path: Path,
    contents: Mapping[str, PageContent | PageRefused],
    *missing: str,
    limit: int | None = None,
) -> list[StoryGraph]:
    """Return the stories of a site with these pages, of which `missing` cannot be fetched."""

    def parse(page: Page) -> PageContent:
        content = contents[page.url.rpartition("/")[2]]
        if isinstance(content, PageRefused):
            raise content
        return content

    site = Site("test", 3, lambda url: True, request, parse)
    first = next(iter(contents))
    with Frontier(path) as frontier:
        starts_story = not isinstance(contents[first], Listing)
        frontier.add(replace(request(first), starts_story=starts_story), "test")
        while queued := frontier.next(max_stories=None):
            if queued.key in missing:
                frontier.mark(queued, "refused", "disallowed by robots.txt", 0)
                continue
            body = queued.key.encode()
            digest = hashlib.sha256(body).hexdigest()
            page = Page(queued.url, body, "", f"2026-11-0{queued.seq}T12:00:00+00:00", digest)
            content = contents[queued.key]
            found = () if isinstance(content, PageRefused) else linked_requests(content)
            frontier.store_page(queued, page, 3, found)
        return list(assemble(frontier, PageCache(frontier, {"test": site}), limit))


def test_a_merge_is_one_passage_and_a_loop_leads_back(path: Path) -> None:
    (story,) = assembled(
        path,
        {
            "a": story_page("1", "A hall.", ("Left", "b"), ("Right", "c")),
            "b": story_page("2", "A cellar.", ("Up", "d")),
            "c": story_page("2", "A cellar.", ("Up", "d")),
            "d": story_page("1", "A hall.", ("Left", "b"), ("Right", "c")),
        },
    )
    assert story.passages == (Passage("1", "A hall."), Passage("2", "A cellar."))
    assert story.choices == (
        Choice("1", "2", "Left"),
        Choice("1", "2", "Right"),
        Choice("2", "1", "Up"),
    )
    assert (story.start, story.title, story.id) == ("1", "A Tale", f"{ORIGIN}/a")
    assert (story.source.fetched, story.source.parser_version) == ("2026-11-01T12:00:00+00:00", 3)


def test_one_page_with_two_texts_is_two_passages(path: Path) -> None:
    (story,) = assembled(
        path,
        {
            "a": story_page("1~x", "It is dark.", ("Light the lamp", "b")),
            "b": story_page("1~y", "It is bright.", ending=True),
        },
    )
    assert story.passages == (Passage("1", "It is dark."), Passage("1.2", "It is bright.", True))
    assert story.choices == (Choice("1", "1.2", "Light the lamp"),)


def test_a_choice_of_some_states_gets_a_condition(path: Path) -> None:
    (story,) = assembled(
        path,
        {
            "a": story_page("1", "A hall.", ("Take the key", "b"), ("Go on", "c")),
            "b": story_page("2~key", "A door.", ("Unlock", "d"), ("Knock", "e")),
            "c": story_page("2", "A door.", ("Knock", "e2")),
            "d": story_page("3~key", "Inside.", ending=True),
            "e": story_page("4~key", "Nobody.", ending=True),
            "e2": story_page("4", "Nobody.", ending=True),
        },
    )
    door = [(choice.text, choice.condition) for choice in story.choices if choice.origin == "2"]
    assert door == [("Unlock", SOMETIMES), ("Knock", "")]
    assert len(story.passages) == 4


def test_a_page_that_links_to_an_end_page_is_an_ending(path: Path) -> None:
    (story,) = assembled(path, {"a": story_page("1", "You rest.", ("Rest", "b")), "b": EndPage()})
    assert story.passages == (Passage("1", "You rest.", ending=True),)
    assert not story.choices


def test_a_missing_page_is_a_broken_choice_and_a_note(path: Path) -> None:
    pages = {
        "a": story_page("1", "A hall.", ("Left", "b"), ("Right", "c"), ("Back", "d")),
        "b": story_page("2", "A cellar.", ending=True),
        "c": story_page("3", "A tower.", ending=True),
        "d": story_page("4", "A yard.", ending=True),
    }
    (story,) = assembled(path, pages, "c", "d")
    assert [(c.text, c.target in story.passages_by_id()) for c in story.choices] == [
        ("Left", True),
        ("Right", False),
        ("Back", False),
    ]
    assert story.notes == ("2 choices lead to no page: disallowed by robots.txt.",)


def test_a_choice_that_was_followed_in_another_state_is_not_broken(path: Path) -> None:
    pages = {
        "a": story_page("1~x", "A wheel.", ("Turn", "b"), ("Go", "c")),
        "b": story_page("1~y", "A wheel.", ("Turn", "b2"), ("Go", "c2")),
        "c": story_page("2", "Out.", ending=True),
        "b2": story_page("1~y", "A wheel.", ("Turn", "b2"), ("Go", "c2")),
        "c2": story_page("2", "Out.", ending=True),
    }
    (story,) = assembled(path, pages, "c2")
    assert [(c.text, c.target) for c in story.choices] == [("Turn", "1"), ("Go", "2")]
    assert not story.notes


def test_of_two_choices_with_the_same_text_the_broken_one_is_noted(path: Path) -> None:
    pages = {
        "a": story_page("1", "Two doors.", ("Go in", "b"), ("Go in", "c"), ("Go in", "d")),
        "b": story_page("2", "A hall.", ending=True),
        "c": story_page("3", "A cave.", ending=True),
        "d": story_page("4", "A well.", ending=True),
    }
    (story,) = assembled(path, pages, "d")
    assert [(c.target, c.condition) for c in story.choices] == [("2", ""), ("3", ""), ("1?1", "")]
    assert len(story.notes) == 1


def test_a_choice_that_leads_elsewhere_in_another_state_gets_a_condition(path: Path) -> None:
    (story,) = assembled(
        path,
        {
            "a": story_page("1", "A hall.", ("Take the key", "b"), ("Go on", "c")),
            "b": story_page("2~key", "A door.", ("Open", "d")),
            "c": story_page("2", "A door.", ("Open", "e")),
            "d": story_page("3~key", "Inside.", ending=True),
            "e": story_page("4", "It is locked.", ending=True),
        },
    )
    door = [(c.target, c.condition) for c in story.choices if c.origin == "2"]
    assert door == [("3", SOMETIMES), ("4", SOMETIMES)]


def test_a_page_outside_the_story_is_no_part_of_it(path: Path) -> None:
    pages = {"a": story_page("1", "A hall.", ("Leave", "b")), "b": LandingPage(request("c"))}
    (story,) = assembled(path, pages, "c")
    assert story.notes == ("1 choice leads to no page: it leads out of the story.",)


def test_a_listing_and_a_landing_page_add_metadata(path: Path) -> None:
    listing = Listing((ListingEntry(request("b"), "The List's Title", "A. Writer"),))
    cover = LandingPage(request("c"), "The Cover's Title", "Another", "CC-BY-4.0")
    (story,) = assembled(
        path, {"a": listing, "b": cover, "c": story_page("1", "A hall.", ending=True)}
    )
    assert (story.title, story.author, story.licence) == (
        "The List's Title",
        "A. Writer",
        "CC-BY-4.0",
    )
    assert story.id == f"{ORIGIN}/c"


def test_an_embedded_story_gets_the_metadata_of_its_listing(path: Path) -> None:
    listing = Listing((ListingEntry(request("b"), author="A. Writer", licence="CC0-1.0"),))
    whole = EmbeddedStory((graph({"1": "A hall."}, name="x"), graph({"1": "A cave."}, name="y")))
    graphs = assembled(path, {"a": listing, "b": whole})
    assert [(each.id, each.author, each.licence) for each in graphs] == [
        ("x", "A. Writer", "CC0-1.0"),
        ("y", "A. Writer", "CC0-1.0"),
    ]


def test_a_story_without_its_first_page_is_left_out(path: Path) -> None:
    listing = Listing((ListingEntry(request("b")), ListingEntry(request("c"))))
    pages = {
        "a": listing,
        "b": story_page("1", "A hall."),
        "c": LandingPage(request("d")),
        "d": story_page("1", "x"),
    }
    assert not assembled(path, pages, "b", "d")


def test_only_the_first_stories_are_assembled(path: Path) -> None:
    listing = Listing(tuple(ListingEntry(request(key)) for key in "bcd"))
    pages = {key: story_page("1", f"Hall {key}.", ending=True) for key in "bcd"}
    graphs = assembled(path, {"a": listing, **pages}, limit=2)
    assert [each.passages[0].text for each in graphs] == ["Hall b.", "Hall c."]
