"""Provides the stories of a frontier: its scenes joined to graphs, with loops and merges kept.

A page that was met in several states with the same text is one passage; what it offers in only some
of them is a choice with a condition. Works from the cache alone. Knows nothing of any one site.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from corpus_scraper.graph import UNKNOWN_LICENCE, Choice, Passage, Source, StoryGraph
from corpus_scraper.scraping.frontier import Frontier, Task
from corpus_scraper.scraping.page_cache import PageCache
from corpus_scraper.sites.site import EmbeddedStory, End, Entry, LandingPage, StoryPage
from corpus_scraper.web.errors import PageError, PageRefused

SOMETIMES = "in some states of the story"
"""The condition of a choice that a page offers in some of the states it was met in."""


def stories(frontier: Frontier, readings: PageCache, limit: int | None) -> Iterator[StoryGraph]:
    """Yield the first `limit` stories as far as they are fetched; what is missing is noted."""
    known: set[str] = set()
    for first in frontier.stories()[:limit]:
        for graph in _story(frontier, readings, first):
            if graph.id not in known:
                known.add(graph.id)
                yield graph


@dataclass(frozen=True, slots=True)
class _Facts:
    """What lists and covers tell of a story."""

    title: str = ""
    author: str = ""
    licence: str = UNKNOWN_LICENCE

    def and_then(self, told: Entry | LandingPage | None) -> "_Facts":
        """Return these facts, the unknown ones as `told` has them."""
        if told is None:
            return self
        return _Facts(
            self.title or told.title,
            self.author or told.author,
            told.licence if self.licence == UNKNOWN_LICENCE else self.licence,
        )


def _story(frontier: Frontier, readings: PageCache, first: Task) -> Iterator[StoryGraph]:
    facts = _Facts().and_then(readings.entry(first))
    key = first.key
    try:
        reading = readings.of(key)
        if isinstance(reading, LandingPage):
            key, facts = reading.step.key, facts.and_then(reading)
            reading = readings.of(key)
    except PageError:
        return
    match reading:
        case EmbeddedStory(graphs):
            yield from (_with(graph, facts) for graph in graphs)
        case StoryPage():
            yield _Joined(readings, first.site).graph(key, reading, facts)


def _with(graph: StoryGraph, facts: _Facts) -> StoryGraph:
    licence = facts.licence if graph.licence == UNKNOWN_LICENCE else graph.licence
    return replace(graph, author=graph.author or facts.author, licence=licence)


@dataclass(frozen=True, slots=True)
class _Told:
    """A scene without the forms of its ways, which are large."""

    scene: str
    passage: tuple[str, str]
    """Its page and its text: what makes it the same passage in whatever state."""
    ways: tuple[tuple[str, str], ...]
    """Text, and the key of the step."""
    ending: bool


@dataclass(slots=True)
class _Spot:
    """A passage while its scenes are joined."""

    id: str
    ending: bool = False
    scenes: set[str] = field(default_factory=set)
    offers: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """Choices, by their text and their passage's id, and the scenes that offer them."""
    lost: dict[str, dict[str, str]] = field(default_factory=dict)
    """Choices whose page is not there, by their text: the scenes that offer them, and why."""


class _Joined:
    """One story while it is joined."""

    def __init__(self, readings: PageCache, site: str) -> None:
        self._readings = readings
        self._site = site
        self._led_to: dict[str, _Told | End | PageError] = {}
        """What stands where each step led to."""
        self._spots: dict[tuple[str, str], _Spot] = {}
        self._variants: Counter[str] = Counter()
        self._found: list[tuple[str, str, str]] = []
        """URL, time and hash of every page."""
        self._notes: Counter[str] = Counter()

    def graph(self, key: str, opening: StoryPage, facts: _Facts) -> StoryGraph:
        """Return the graph that begins with the page of the step `key`, on which `opening` is."""
        told = list(self._follow(key))
        for each in told:
            self._place(each)
        for each in told:
            self._offer(each)
        place = self._found[0][0]
        return StoryGraph(
            id=place,
            title=facts.title or opening.title or place,
            source=self._source(place),
            start=self._spots[told[0].passage].id,
            passages=tuple(
                Passage(spot.id, text, spot.ending) for (_, text), spot in self._spots.items()
            ),
            choices=tuple(c for spot in self._spots.values() for c in self._choices(spot)),
            author=facts.author,
            licence=opening.licence if facts.licence == UNKNOWN_LICENCE else facts.licence,
            notes=tuple(_sentence(note, count) for note, count in self._notes.most_common()),
        )

    def _follow(self, first: str) -> Iterator[_Told]:
        """Yield every page that can be reached, nearest first."""
        waiting = deque([first])
        while waiting:
            key = waiting.popleft()
            if key in self._led_to:
                continue
            led_to = self._led_to[key] = self._look(key)
            if isinstance(led_to, _Told):
                waiting.extend(step for _, step in led_to.ways)
                yield led_to

    def _look(self, key: str) -> _Told | End | PageError:
        try:
            task, page = self._readings.kept(key)
            reading = self._readings.read(task, page)
        except PageError as error:
            return error
        if isinstance(reading, End):
            return reading
        if not isinstance(reading, StoryPage):
            return PageRefused("it leads out of the story")
        self._found.append((page.url, page.fetched, page.sha256))
        self._notes.update(reading.notes)
        ways = tuple((way.text, way.step.key) for way in reading.ways)
        return _Told(reading.id, (reading.page, reading.text), ways, reading.ending)

    def _place(self, told: _Told) -> None:
        """Find or make the passage of a scene."""
        page, _ = told.passage
        if told.passage not in self._spots:
            self._variants[page] += 1
            number = self._variants[page]
            self._spots[told.passage] = _Spot(page if number == 1 else f"{page}.{number}")
        spot = self._spots[told.passage]
        spot.scenes.add(told.scene)
        spot.ending = spot.ending or told.ending

    def _offer(self, told: _Told) -> None:
        """Add what a scene offers to its passage."""
        spot = self._spots[told.passage]
        for text, key in told.ways:
            match self._led_to[key]:
                case _Told(passage=target):
                    spot.offers.setdefault((text, self._spots[target].id), set()).add(told.scene)
                case End():
                    spot.ending = True
                case PageError(reason=reason):
                    spot.lost.setdefault(text, {})[told.scene] = reason

    def _choices(self, spot: _Spot) -> Iterator[Choice]:
        followed: dict[str, set[str]] = {}
        for (text, _), scenes in spot.offers.items():
            followed.setdefault(text, set()).update(scenes)
        for (text, target), scenes in spot.offers.items():
            offered = followed[text] | spot.lost.get(text, {}).keys()
            always = offered == spot.scenes and scenes == followed[text]
            yield Choice(spot.id, target, text, "" if always else SOMETIMES)
        for number, (text, lost) in enumerate(spot.lost.items(), 1):
            if text in followed and followed[text].isdisjoint(lost):
                continue  # the same choice was followed in another state
            self._notes[next(iter(lost.values()))] += 1
            yield Choice(spot.id, f"{spot.id}?{number}", text)

    def _source(self, place: str) -> Source:
        """Return where the story was found: the first time, and one hash of all its pages."""
        hashes = sorted({sha256 for _, _, sha256 in self._found})
        return Source(
            place,
            min(fetched for _, fetched, _ in self._found),
            hashlib.sha256("\n".join(hashes).encode()).hexdigest(),
            self._site,
            self._readings.version(self._site),
        )


def _sentence(note: str, count: int) -> str:
    """Return a note of a page as it is, a reason as a sentence on the choices it cost."""
    if note.endswith("."):
        return note
    choices = "1 choice leads" if count == 1 else f"{count} choices lead"
    return f"{choices} to no page: {note}."
