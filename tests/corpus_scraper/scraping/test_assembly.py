"""Joining scenes to stories, from what is kept alone."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from corpus_scraper.graph import Choice, Passage, StoryGraph
from corpus_scraper.scraping.assembly import SOMETIMES, stories
from corpus_scraper.scraping.frontier import Found, Frontier
from corpus_scraper.scraping.page_cache import PageCache, steps
from corpus_scraper.sites.site import (
    EmbeddedStory,
    End,
    Entry,
    LandingPage,
    Link,
    Listing,
    Page,
    Reading,
    Site,
    Step,
    StoryPage,
)
from corpus_scraper.web.errors import PageRefused
from tests.corpus_scraper.graphs import graph

ORIGIN = "https://a.example"


def step(key: str) -> Step:
    return Step(key, f"{ORIGIN}/{key}")


def scene(id_: str, text: str, *ways: tuple[str, str], ending: bool = False) -> StoryPage:
    """Return a scene; what stands behind a `~` in its id is its state."""
    offered = tuple(Link(words, step(key)) for words, key in ways)
    return StoryPage(id_, id_.partition("~")[0], text, offered, ending, title="A Tale")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tales.pages.db"


def joined(
    path: Path,
    readings: Mapping[str, Reading | PageRefused],
    *missing: str,
    limit: int | None = None,
) -> list[StoryGraph]:
    """Return the stories of a site with these pages, of which `missing` were not had."""

    def read(page: Page) -> Reading:
        reading = readings[page.url.rpartition("/")[2]]
        if isinstance(reading, PageRefused):
            raise reading
        return reading

    site = Site("test", 3, lambda url: True, step, read)
    first = next(iter(readings))
    with Frontier(path) as frontier:
        begins = not isinstance(readings[first], Listing)
        frontier.plant(Found(first, f"{ORIGIN}/{first}", ORIGIN, begins), "test")
        while task := frontier.next(stories=None):
            if task.key in missing:
                frontier.settle(task, "refused", "robots.txt forbids it")
                continue
            body = task.key.encode()
            digest = hashlib.sha256(body).hexdigest()
            page = Page(task.url, body, "", f"2026-11-0{task.seq}T12:00:00+00:00", digest)
            reading = readings[task.key]
            to = () if isinstance(reading, PageRefused) else steps(reading)
            entries = reading.entries if isinstance(reading, Listing) else ()
            begun = {entry.step.key for entry in entries}
            found = [Found(s.key, s.url, ORIGIN, s.key in begun) for s in to]
            frontier.keep(task, page, 3, found)
        return list(stories(frontier, PageCache(frontier, {"test": site}), limit))


def test_a_merge_is_one_passage_and_a_loop_leads_back(path: Path) -> None:
    (told,) = joined(
        path,
        {
            "a": scene("1", "A hall.", ("Left", "b"), ("Right", "c")),
            "b": scene("2", "A cellar.", ("Up", "d")),
            "c": scene("2", "A cellar.", ("Up", "d")),
            "d": scene("1", "A hall.", ("Left", "b"), ("Right", "c")),
        },
    )
    assert told.passages == (Passage("1", "A hall."), Passage("2", "A cellar."))
    assert told.choices == (
        Choice("1", "2", "Left"),
        Choice("1", "2", "Right"),
        Choice("2", "1", "Up"),
    )
    assert (told.start, told.title, told.id) == ("1", "A Tale", f"{ORIGIN}/a")
    assert (told.source.fetched, told.source.parser_version) == ("2026-11-01T12:00:00+00:00", 3)


def test_one_page_with_two_texts_is_two_passages(path: Path) -> None:
    (told,) = joined(
        path,
        {
            "a": scene("1~x", "It is dark.", ("Light the lamp", "b")),
            "b": scene("1~y", "It is bright.", ending=True),
        },
    )
    assert told.passages == (Passage("1", "It is dark."), Passage("1.2", "It is bright.", True))
    assert told.choices == (Choice("1", "1.2", "Light the lamp"),)


def test_a_choice_of_some_states_is_one_with_a_condition(path: Path) -> None:
    (told,) = joined(
        path,
        {
            "a": scene("1", "A hall.", ("Take the key", "b"), ("Go on", "c")),
            "b": scene("2~key", "A door.", ("Unlock", "d"), ("Knock", "e")),
            "c": scene("2", "A door.", ("Knock", "e2")),
            "d": scene("3~key", "Inside.", ending=True),
            "e": scene("4~key", "Nobody.", ending=True),
            "e2": scene("4", "Nobody.", ending=True),
        },
    )
    door = [(choice.text, choice.condition) for choice in told.choices if choice.origin == "2"]
    assert door == [("Unlock", SOMETIMES), ("Knock", "")]
    assert len(told.passages) == 4


def test_what_leads_to_the_end_is_an_ending(path: Path) -> None:
    (told,) = joined(path, {"a": scene("1", "You rest.", ("Rest", "b")), "b": End()})
    assert told.passages == (Passage("1", "You rest.", ending=True),)
    assert not told.choices


def test_a_page_that_was_not_had_is_a_choice_to_nowhere_and_a_note(path: Path) -> None:
    pages = {
        "a": scene("1", "A hall.", ("Left", "b"), ("Right", "c"), ("Back", "d")),
        "b": scene("2", "A cellar.", ending=True),
        "c": scene("3", "A tower.", ending=True),
        "d": scene("4", "A yard.", ending=True),
    }
    (told,) = joined(path, pages, "c", "d")
    assert [(c.text, c.target in told.passages_by_id()) for c in told.choices] == [
        ("Left", True),
        ("Right", False),
        ("Back", False),
    ]
    assert told.notes == ("2 choices lead to no page: robots.txt forbids it.",)


def test_a_choice_that_was_followed_in_another_state_is_not_lost(path: Path) -> None:
    pages = {
        "a": scene("1~x", "A wheel.", ("Turn", "b"), ("Go", "c")),
        "b": scene("1~y", "A wheel.", ("Turn", "b2"), ("Go", "c2")),
        "c": scene("2", "Out.", ending=True),
        "b2": scene("1~y", "A wheel.", ("Turn", "b2"), ("Go", "c2")),
        "c2": scene("2", "Out.", ending=True),
    }
    (told,) = joined(path, pages, "c2")
    assert [(c.text, c.target) for c in told.choices] == [("Turn", "1"), ("Go", "2")]
    assert not told.notes


def test_of_two_choices_in_the_same_words_the_lost_one_is_noted(path: Path) -> None:
    pages = {
        "a": scene("1", "Two doors.", ("Go in", "b"), ("Go in", "c"), ("Go in", "d")),
        "b": scene("2", "A hall.", ending=True),
        "c": scene("3", "A cave.", ending=True),
        "d": scene("4", "A well.", ending=True),
    }
    (told,) = joined(path, pages, "d")
    assert [(c.target, c.condition) for c in told.choices] == [("2", ""), ("3", ""), ("1?1", "")]
    assert len(told.notes) == 1


def test_a_choice_that_leads_elsewhere_in_another_state_has_a_condition(path: Path) -> None:
    (told,) = joined(
        path,
        {
            "a": scene("1", "A hall.", ("Take the key", "b"), ("Go on", "c")),
            "b": scene("2~key", "A door.", ("Open", "d")),
            "c": scene("2", "A door.", ("Open", "e")),
            "d": scene("3~key", "Inside.", ending=True),
            "e": scene("4", "It is locked.", ending=True),
        },
    )
    door = [(c.target, c.condition) for c in told.choices if c.origin == "2"]
    assert door == [("3", SOMETIMES), ("4", SOMETIMES)]


def test_a_page_outside_the_story_is_no_part_of_it(path: Path) -> None:
    pages = {"a": scene("1", "A hall.", ("Leave", "b")), "b": LandingPage(step("c"))}
    (told,) = joined(path, pages, "c")
    assert told.notes == ("1 choice leads to no page: it leads out of the story.",)


def test_a_list_and_a_cover_tell_what_the_pages_do_not(path: Path) -> None:
    listing = Listing((Entry(step("b"), "The List's Title", "A. Writer"),))
    cover = LandingPage(step("c"), "The Cover's Title", "Another", "CC-BY-4.0")
    (told,) = joined(path, {"a": listing, "b": cover, "c": scene("1", "A hall.", ending=True)})
    assert (told.title, told.author, told.licence) == ("The List's Title", "A. Writer", "CC-BY-4.0")
    assert told.id == f"{ORIGIN}/c"


def test_a_whole_story_gets_what_its_list_tells(path: Path) -> None:
    listing = Listing((Entry(step("b"), author="A. Writer", licence="CC0-1.0"),))
    whole = EmbeddedStory((graph({"1": "A hall."}, name="x"), graph({"1": "A cave."}, name="y")))
    told = joined(path, {"a": listing, "b": whole})
    assert [(each.id, each.author, each.licence) for each in told] == [
        ("x", "A. Writer", "CC0-1.0"),
        ("y", "A. Writer", "CC0-1.0"),
    ]


def test_a_story_whose_first_page_was_not_had_is_none(path: Path) -> None:
    listing = Listing((Entry(step("b")), Entry(step("c"))))
    pages = {
        "a": listing,
        "b": scene("1", "A hall."),
        "c": LandingPage(step("d")),
        "d": scene("1", "x"),
    }
    assert not joined(path, pages, "b", "d")


def test_no_more_stories_are_told_than_asked_for(path: Path) -> None:
    listing = Listing(tuple(Entry(step(key)) for key in "bcd"))
    pages = {key: scene("1", f"Hall {key}.", ending=True) for key in "bcd"}
    told = joined(path, {"a": listing, **pages}, limit=2)
    assert [each.passages[0].text for each in told] == ["Hall b.", "Hall c."]
