"""Stories of the local site: pages, links, variables, items.

Written by hand, at random, or converted from a real graph.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from corpus_scraper.graph import StoryGraph


@dataclass(frozen=True, slots=True)
class Link:
    """A choice on a page."""

    id: str
    text: str
    to: str
    """A page's id; `rate` for the page that asks for a rating; one that is not there is broken."""
    sets: str = ""
    """A variable that it sets: `lamp=1`."""
    needs: str = ""
    """A variable without which it is not offered."""


@dataclass(frozen=True, slots=True)
class LocalPage:
    """A page of a story."""

    text: str
    links: tuple[Link, ...] = ()
    item: str = ""
    """An item on the page; using it leads to the page itself."""


@dataclass(frozen=True, slots=True)
class LocalStory:
    """A story of the site."""

    number: int
    title: str
    start: str
    pages: dict[str, LocalPage]
    author: str = "A. Writer"
    name: str = field(default="")
    """As in its URL."""

    @property
    def address(self) -> str:
        """The path of the page about it."""
        return f"/story/{self.name or self.title.replace(' ', '-')}"

    @property
    def first(self) -> str:
        """The path and query of its first page."""
        return f"/story/viewer/default.aspx?StoryId={self.number}"


def from_graph(graph: StoryGraph, number: int = 7, most: int | None = None) -> LocalStory:
    """Return `graph` as a story of the site: pages and links numbered, endings with a rating.

    With `most`, only so many pages are there, and links to others are broken.
    """
    known, reachable = graph.passages_by_id(), graph.reachable()
    order = dict.fromkeys([graph.start])
    for passage_id in (p.id for p in graph.passages):
        order.setdefault(passage_id)
    reached = [known[passage_id] for passage_id in order if passage_id in reachable][:most]
    numbers = {passage.id: str(1000 + n) for n, passage in enumerate(reached)}
    links: dict[str, list[Link]] = {passage.id: [] for passage in reached}
    for choice in graph.choices:
        if choice.origin in links:
            place = f"{len(links)}{sum(map(len, links.values()))}"
            to = numbers.get(choice.target, "0")
            links[choice.origin].append(Link(place, choice.text or "Continue", to))
    pages = {numbers[p.id]: LocalPage(p.text or "…", tuple(links[p.id])) for p in reached}
    return LocalStory(number, graph.title, numbers[graph.start], with_endings(pages))


def random_story(seed: int, size: int, number: int = 7) -> LocalStory:
    """Return a random story with loops, merges and endings, all of it reachable."""
    chance = random.Random(seed)
    links: dict[int, list[Link]] = {n: [] for n in range(size)}
    for n in range(1, size):
        origin = chance.randrange(max(0, n - 6), n)
        links[origin].append(Link(str(len(links) + n), f"Go on to {n}", str(n + 1)))
    for extra in range(size // 3):
        origin, to = chance.randrange(size), chance.randrange(size)
        links[origin].append(Link(str(5 * size + extra), f"Turn to {to} ({extra})", str(to + 1)))
    pages = {
        str(n + 1): LocalPage(
            f"You stand in room {n}.\n\nThe door of room {n} is open.", tuple(each)
        )
        for n, each in links.items()
    }
    return LocalStory(number, f"Random {seed}", "1", with_endings(pages))


def with_endings(pages: dict[str, LocalPage]) -> dict[str, LocalPage]:
    """Return `pages`, with the link to the rating on those without links."""
    end = Link("999999", "End Game and Leave Comments", "rate")
    return {id_: page if page.links else replace(page, links=(end,)) for id_, page in pages.items()}


def edges(story: LocalStory) -> Counter[tuple[str, str, str]]:
    """Return the choices of a story without state as (text of origin, choice, text of target)."""
    ways = {
        (origin, link.text, link.to)
        for origin, page in story.pages.items()
        for link in page.links
        if link.to in story.pages
    }
    pages = story.pages
    return Counter((pages[origin].text, text, pages[to].text) for origin, text, to in ways)


def edges_of(graph: StoryGraph) -> Counter[tuple[str, str, str]]:
    """Return the choices of a graph like `edges`, without broken ones."""
    texts = {passage.id: passage.text for passage in graph.passages}
    return Counter(
        (texts[choice.origin], choice.text, texts[choice.target])
        for choice in graph.choices
        if choice.target in texts
    )


def texts(pages: Iterable[LocalPage]) -> set[str]:
    """Return the texts of pages."""
    return {page.text for page in pages}
