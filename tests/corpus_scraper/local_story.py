"""Provides stories as the site on this machine tells them: pages, links, variables, items.

Made by hand, by chance, or of a real graph. Knows nothing of HTTP.
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
class Told:
    """A page of a story."""

    text: str
    links: tuple[Link, ...] = ()
    item: str = ""
    """Something that lies here; it can be used, which leads to the page itself."""


@dataclass(frozen=True, slots=True)
class LocalStory:
    """A story of the site."""

    number: int
    title: str
    start: str
    pages: dict[str, Told]
    author: str = "A. Writer"
    name: str = field(default="")
    """As its address has it."""

    @property
    def address(self) -> str:
        """The path of the page about it."""
        return f"/story/{self.name or self.title.replace(' ', '-')}"

    @property
    def first(self) -> str:
        """The path and query of its first page."""
        return f"/story/viewer/default.aspx?StoryId={self.number}"


def of_graph(graph: StoryGraph, number: int = 7, most: int | None = None) -> LocalStory:
    """Return `graph` as the site would hold it: pages and links numbered, ends with a rating.

    With `most`, only its first so many pages are there, and links to others are broken.
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
    pages = {numbers[p.id]: Told(p.text or "…", tuple(links[p.id])) for p in reached}
    return LocalStory(number, graph.title, numbers[graph.start], ended(pages))


def by_chance(seed: int, size: int, number: int = 7) -> LocalStory:
    """Return a story with loops, merges and ends, every page of which can be reached."""
    chance = random.Random(seed)
    links: dict[int, list[Link]] = {n: [] for n in range(size)}
    for n in range(1, size):
        origin = chance.randrange(max(0, n - 6), n)
        links[origin].append(Link(str(len(links) + n), f"Go on to {n}", str(n + 1)))
    for extra in range(size // 3):
        origin, to = chance.randrange(size), chance.randrange(size)
        links[origin].append(Link(str(5 * size + extra), f"Turn to {to} ({extra})", str(to + 1)))
    pages = {
        str(n + 1): Told(f"You stand in room {n}.\n\nThe door of room {n} is open.", tuple(each))
        for n, each in links.items()
    }
    return LocalStory(number, f"By Chance {seed}", "1", ended(pages))


def ended(pages: dict[str, Told]) -> dict[str, Told]:
    """Return `pages`, those without a link ending as the site's stories end."""
    end = Link("999999", "End Game and Leave Comments", "rate")
    return {id_: told if told.links else replace(told, links=(end,)) for id_, told in pages.items()}


def edges(story: LocalStory) -> Counter[tuple[str, str, str]]:
    """Return the choices of a story without state as (text of origin, choice, text of target)."""
    ways = {
        (origin, link.text, link.to)
        for origin, told in story.pages.items()
        for link in told.links
        if link.to in story.pages
    }
    pages = story.pages
    return Counter((pages[origin].text, text, pages[to].text) for origin, text, to in ways)


def edges_of(graph: StoryGraph) -> Counter[tuple[str, str, str]]:
    """Return the choices of a graph in the same way; ways to nowhere left out."""
    texts = {passage.id: passage.text for passage in graph.passages}
    return Counter(
        (texts[choice.origin], choice.text, texts[choice.target])
        for choice in graph.choices
        if choice.target in texts
    )


def texts(pages: Iterable[Told]) -> set[str]:
    """Return the texts of pages."""
    return {told.text for told in pages}
