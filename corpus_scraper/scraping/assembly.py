"""Assemble the story pages of a frontier into story graphs, keeping loops and merges.

A page that was fetched in several states with the same text becomes one passage; a choice that it
offers in only some of them gets a condition. Nothing is fetched.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from corpus_scraper.graph import UNKNOWN_LICENCE, Choice, Passage, Source, StoryGraph
from corpus_scraper.scraping.frontier import Frontier, QueuedRequest
from corpus_scraper.scraping.page_cache import PageCache
from corpus_scraper.sites.site import EmbeddedStory, EndPage, LandingPage, ListingEntry, StoryPage
from corpus_scraper.web.errors import PageError, PageRefused

SOMETIMES = "in some states of the story"
"""The condition of a choice that a page offers in only some of the states it was fetched in."""


def assemble(frontier: Frontier, cache: PageCache, limit: int | None) -> Iterator[StoryGraph]:
    """Yield the first `limit` stories as far as they are fetched; notes say what is missing."""
    ids: set[str] = set()
    for first in frontier.stories()[:limit]:
        for graph in _graphs(cache, first):
            if graph.id not in ids:
                ids.add(graph.id)
                yield graph


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What listings and landing pages say of a story."""

    title: str = ""
    author: str = ""
    licence: str = UNKNOWN_LICENCE

    def completed_by(self, other: ListingEntry | LandingPage | None) -> "_Metadata":
        """Return this metadata, with the unknown fields taken from `other`."""
        if other is None:
            return self
        return _Metadata(
            self.title or other.title,
            self.author or other.author,
            other.licence if self.licence == UNKNOWN_LICENCE else self.licence,
        )


def _graphs(cache: PageCache, first: QueuedRequest) -> Iterator[StoryGraph]:
    metadata = _Metadata().completed_by(cache.listing_entry(first))
    key = first.key
    try:
        content = cache.content(key)
        if isinstance(content, LandingPage):
            key, metadata = content.request.key, metadata.completed_by(content)
            content = cache.content(key)
    except PageError:
        return
    match content:
        case EmbeddedStory(graphs):
            for graph in graphs:
                unknown = graph.licence == UNKNOWN_LICENCE
                licence = metadata.licence if unknown else graph.licence
                yield replace(graph, author=graph.author or metadata.author, licence=licence)
        case StoryPage():
            yield _GraphBuilder(cache, first).build(key, content, metadata)


@dataclass(frozen=True, slots=True)
class _PageState:
    """A page in one state, without the forms of its links, which are large."""

    id: str
    passage: tuple[str, str]
    """Page id and text: what makes it the same passage in whatever state."""
    links: tuple[tuple[str, str], ...]
    """Text, and the key of the request."""
    ending: bool


@dataclass(slots=True)
class _PassageBuilder:
    """A passage while the states of its page are merged."""

    id: str
    ending: bool = False
    states: set[str] = field(default_factory=set)
    choices: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """The states that offer each choice, by its text and the id of its passage."""
    broken: dict[str, dict[str, str]] = field(default_factory=dict)
    """Choices whose page is missing, by their text: the states that offer them, and the reason."""


class _GraphBuilder:
    """One story while it is assembled."""

    def __init__(self, cache: PageCache, first: QueuedRequest) -> None:
        self._cache = cache
        self._site = cache.site(first)
        self._results: dict[str, _PageState | EndPage | PageError] = {}
        """What each request led to, by its key."""
        self._passages: dict[tuple[str, str], _PassageBuilder] = {}
        self._variants: Counter[str] = Counter()
        """Passages by page id."""
        self._pages: list[tuple[str, str, str]] = []
        """URL, time and hash of every page."""
        self._notes: Counter[str] = Counter()

    def build(self, key: str, first: StoryPage, metadata: _Metadata) -> StoryGraph:
        """Return the graph that starts with the page `first` of the request `key`."""
        states = list(self._walk(key))
        for state in states:
            self._add_to_passage(state)
        for state in states:
            self._add_choices(state)
        url = self._pages[0][0]
        hashes = sorted({sha256 for _, _, sha256 in self._pages})
        source = Source(
            url,
            min(fetched for _, fetched, _ in self._pages),
            hashlib.sha256("\n".join(hashes).encode()).hexdigest(),
            self._site.name,
            self._site.version,
        )
        unknown = metadata.licence == UNKNOWN_LICENCE
        return StoryGraph(
            id=url,
            title=metadata.title or first.title or url,
            source=source,
            start=self._passages[states[0].passage].id,
            passages=tuple(
                Passage(passage.id, text, passage.ending)
                for (_, text), passage in self._passages.items()
            ),
            choices=tuple(c for passage in self._passages.values() for c in self._choices(passage)),
            author=metadata.author,
            licence=first.licence if unknown else metadata.licence,
            notes=tuple(_note(note, count) for note, count in self._notes.most_common()),
        )

    def _walk(self, first: str) -> Iterator[_PageState]:
        """Yield every page that can be reached, nearest first."""
        queue = deque([first])
        while queue:
            key = queue.popleft()
            if key in self._results:
                continue
            result = self._results[key] = self._load(key)
            if isinstance(result, _PageState):
                queue.extend(target for _, target in result.links)
                yield result

    def _load(self, key: str) -> _PageState | EndPage | PageError:
        try:
            request, page = self._cache.load(key)
            content = self._cache.parse(request, page)
        except PageError as error:
            return error
        if isinstance(content, EndPage):
            return content
        if not isinstance(content, StoryPage):
            return PageRefused("it leads out of the story")
        self._pages.append((page.url, page.fetched, page.sha256))
        self._notes.update(content.notes)
        links = tuple((link.text, link.request.key) for link in content.links)
        passage = content.page_id, content.text
        return _PageState(content.state_id, passage, links, content.ending)

    def _add_to_passage(self, state: _PageState) -> None:
        page_id, _ = state.passage
        if state.passage not in self._passages:
            self._variants[page_id] += 1
            number = self._variants[page_id]
            passage_id = page_id if number == 1 else f"{page_id}.{number}"
            self._passages[state.passage] = _PassageBuilder(passage_id)
        passage = self._passages[state.passage]
        passage.states.add(state.id)
        passage.ending = passage.ending or state.ending

    def _add_choices(self, state: _PageState) -> None:
        passage = self._passages[state.passage]
        for text, key in state.links:
            match self._results[key]:
                case _PageState(passage=target):
                    choice = text, self._passages[target].id
                    passage.choices.setdefault(choice, set()).add(state.id)
                case EndPage():
                    passage.ending = True
                case PageError(reason=reason):
                    passage.broken.setdefault(text, {})[state.id] = reason

    def _choices(self, passage: _PassageBuilder) -> Iterator[Choice]:
        followed: dict[str, set[str]] = {}
        for (text, _), states in passage.choices.items():
            followed.setdefault(text, set()).update(states)
        for (text, target), states in passage.choices.items():
            offered = followed[text] | passage.broken.get(text, {}).keys()
            always = offered == passage.states and states == followed[text]
            yield Choice(passage.id, target, text, "" if always else SOMETIMES)
        for number, (text, reasons) in enumerate(passage.broken.items(), 1):
            if text in followed and followed[text].isdisjoint(reasons):
                continue  # the same choice was followed in another state
            self._notes[next(iter(reasons.values()))] += 1
            yield Choice(passage.id, f"{passage.id}?{number}", text)


def _note(note: str, count: int) -> str:
    """Return a note of a page as it is, and a reason as a sentence on its broken choices."""
    if note.endswith("."):
        return note
    choices = "1 choice leads" if count == 1 else f"{count} choices lead"
    return f"{choices} to no page: {note}."
