"""A scrape from end to end, of a local server that behaves like chooseyourstory.com."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from corpus_scraper import formats
from corpus_scraper.scraping import scrape as scraping
from corpus_scraper.scraping.assembly import SOMETIMES
from corpus_scraper.scraping.limits import StoryLimits
from corpus_scraper.sites import SITES
from corpus_scraper.sites.site import Page, PageContent
from tests.corpus_scraper.local_scrape import scrape
from tests.corpus_scraper.local_site import Answer, LocalSite, Request
from tests.corpus_scraper.local_story import (
    Link,
    LocalPage,
    LocalStory,
    edges,
    edges_of,
    from_graph,
    random_story,
    texts,
    with_endings,
)

END = Link("99", "End Game and Leave Comments", "rate")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tales.pages.db"


def tale(**pages: LocalPage) -> LocalStory:
    """Return a story of pages called p1, p2, …"""
    return LocalStory(7, "A Tale", "1", {name[1:]: page for name, page in pages.items()})


# Graphs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_loops_and_merges_are_kept_and_nothing_is_missing(path: Path, seed: int) -> None:
    story = random_story(seed, 25)
    with LocalSite(story) as site:
        scraped = scrape(path, site.url(story.address))
    graph = scraped.graph
    assert set(edges_of(graph)) == set(edges(story))
    assert {passage.text for passage in graph.passages} == texts(story.pages.values())
    assert graph.reachable() == set(graph.passages_by_id())
    assert not graph.notes
    ends = {passage.text for passage in graph.passages if passage.ending}
    assert ends == {page.text for page in story.pages.values() if page.links[0].to == "rate"}


def test_a_real_story_is_scraped_unchanged(path: Path, shared_corpus: Path) -> None:
    (graph,) = formats.read(shared_corpus / "ink" / "drifter" / "main.ink")
    story = from_graph(graph, most=24)
    with LocalSite(story) as site:
        scraped = scrape(path, site.url(story.first))
    scraped_edges = set(edges_of(scraped.graph))
    assert len(scraped_edges) > 15
    assert scraped_edges <= set(edges(story))
    reached = {text for origin, _, target in scraped_edges for text in (origin, target)}
    assert reached == {passage.text for passage in scraped.graph.passages}
    assert {edge for edge in edges(story) if edge[0] in reached} == scraped_edges


def test_every_choice_is_requested_once(path: Path) -> None:
    story = random_story(5, 15)
    with LocalSite(story) as site:
        scrape(path, site.url(story.address))
        moves = Counter(request.move for request in site.page_requests("POST"))
    links = sum(link.to != "rate" for page in story.pages.values() for link in page.links)
    assert set(moves.values()) == {1}
    assert len(moves) == links


def test_a_story_has_its_provenance(path: Path) -> None:
    story = random_story(1, 5)
    with LocalSite(story) as site:
        graph = scrape(path, site.url("/Stories/top.aspx")).graph
        assert graph.id == graph.source.place == site.url(story.first)
    assert (graph.title, graph.author, graph.licence) == ("Random 1", "A. Writer", "unknown")
    assert (graph.source.parser, graph.source.parser_version) == ("chooseyourstory", 1)
    assert graph.source.fetched.startswith("2023-11-14T")
    assert len(graph.source.sha256) == 64


def test_a_broken_link_gets_a_note(path: Path) -> None:
    links = (Link("1", "Go in", "2"), Link("2", "Go out", "404"))
    with LocalSite(tale(p1=LocalPage("A door.", links), p2=LocalPage("Inside.", (END,)))) as site:
        scraped = scrape(path, site.url("/story/A-Tale"))
    graph = scraped.graph
    assert [passage.text for passage in graph.passages] == ["A door.", "Inside."]
    assert [(c.text, c.target in graph.passages_by_id()) for c in graph.choices] == [
        ("Go in", True),
        ("Go out", False),
    ]
    assert graph.notes == ("1 choice leads to no page: the author's link is broken.",)
    assert scraped.failures == {"refused: the author's link is broken": 1}


def test_a_link_to_the_rating_makes_an_ending_whatever_its_text(path: Path) -> None:
    story = tale(p1=LocalPage("A door.", (Link("1", "Give up", "rate"), Link("2", "Go in", "2"))))
    story.pages["2"] = LocalPage("Inside.", (END,))
    with LocalSite(story) as site:
        graph = scrape(path, site.url("/story/A-Tale")).graph
    assert [(p.text, p.ending) for p in graph.passages] == [("A door.", True), ("Inside.", True)]
    assert [choice.text for choice in graph.choices] == ["Go in"]


def test_the_use_of_an_item_is_a_choice(path: Path) -> None:
    story = tale(p1=LocalPage("A door.", (Link("1", "Go in", "2"),), item="key"))
    story.pages["2"] = LocalPage("Inside.", (END,))
    with LocalSite(story) as site:
        graph = scrape(path, site.url("/story/A-Tale")).graph
    assert [(c.text, c.target) for c in graph.choices] == [("Go in", "2"), ("Use the key", "1")]


# State --------------------------------------------------------------------------------------------


def test_a_page_in_two_states_is_one_passage_with_all_its_choices(path: Path) -> None:
    story = tale(
        p1=LocalPage("A hall.", (Link("1", "Take the key", "2", "key=1"), Link("2", "Go on", "3"))),
        p2=LocalPage("You have a key.", (Link("3", "Go on", "3"),)),
        p3=LocalPage("A door.", (Link("4", "Unlock", "4", needs="key"), Link("5", "Knock", "5"))),
        p4=LocalPage("Inside.", (END,)),
        p5=LocalPage("Nobody.", (END,)),
    )
    with LocalSite(story) as site:
        graph = scrape(path, site.url("/story/A-Tale")).graph
    assert sorted(passage.text for passage in graph.passages) == sorted(texts(story.pages.values()))
    door = {(c.text, c.condition) for c in graph.choices if c.origin == "3"}
    assert door == {("Unlock", SOMETIMES), ("Knock", "")}


def test_a_story_with_endless_states_comes_to_an_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every turn of the wheel is a state of its own."""
    monkeypatch.setattr(scraping, "MAX_STATES", 3)
    turn = [Link(str(n), f"Turn {n}", "1", f"turns={n}") for n in range(1, 6)]
    story = tale(
        p1=LocalPage("A wheel.", (*turn, Link("50", "Go", "2"))), p2=LocalPage("Out.", (END,))
    )
    with LocalSite(story) as site:
        scraped = scrape(path, site.url("/story/A-Tale"))
        asked = len(site.page_requests("POST"))
    assert asked == 3 * len(story.pages["1"].links)
    assert {p.text for p in scraped.graph.passages} == {"A wheel.", "Out."}
    assert {(c.text, c.condition) for c in scraped.graph.choices if c.target != "1"} == {("Go", "")}
    assert not scraped.graph.notes
    assert scraped.pending == 0


def test_a_story_is_not_followed_beyond_the_limit_of_pages(path: Path) -> None:
    story = random_story(2, 16)
    with LocalSite(story) as site:
        small = scrape(path, site.url(story.address), limits=StoryLimits(pages=10, depth=50))
        assert len(site.page_requests()) == 10
        assert "capped: its story has more pages than --max-pages" in small.failures
        assert any("--max-pages" in note for note in small.graph.notes)
        whole = scrape(path, site.url(story.address))
    assert set(edges_of(whole.graph)) == set(edges(story))


def test_a_story_is_not_followed_beyond_the_limit_of_depth(path: Path) -> None:
    chain = {
        str(n): LocalPage(f"PageRequest {n}.", (Link(str(n), "On", str(n + 1)),))
        for n in range(1, 10)
    }
    story = LocalStory(7, "A Tale", "1", with_endings(chain | {"10": LocalPage("PageRequest 10.")}))
    with LocalSite(story) as site:
        scraped = scrape(path, site.url(story.first), limits=StoryLimits(depth=5))
        assert len(site.page_requests()) == 6
    assert scraped.failures == {"capped: it is deeper in its story than --max-depth": 1}


# Listings -----------------------------------------------------------------------------------------


def test_listings_lead_to_stories_up_to_the_limit(path: Path) -> None:
    stories = [replace(random_story(n, 4, number=n + 1), title=f"Tale {n}") for n in range(4)]
    with LocalSite(*stories) as site:
        scraped = scrape(path, site.url("/Stories/"), max_stories=2)
        covers = [
            request.path
            for request in site.page_requests()
            if request.path in [t.address for t in stories]
        ]
        assert covers == ["/story/Tale-0", "/story/Tale-1"]
        assert [graph.title for graph in scraped.graphs] == ["Tale 0", "Tale 1"]
        before = len(site.page_requests())
        more = scrape(path, site.url("/Stories/"), max_stories=3)
        again = [
            request.path for request in site.page_requests()[before:] if request.method == "GET"
        ]
    assert [graph.title for graph in more.graphs] == ["Tale 0", "Tale 1", "Tale 2"]
    assert again == ["/story/Tale-2", "/story/viewer/default.aspx"]


def test_a_story_given_twice_is_one_story(path: Path) -> None:
    story = random_story(3, 6)
    with LocalSite(story) as site:
        scraped = scrape(path, site.url(story.first), site.url(story.address))
        assert len(scraped.graphs) == 1
        assert len(site.page_requests("GET")) == 2


# Failing hosts ------------------------------------------------------------------------------------


def failing(*answers: Answer, at: int = 3):
    """Return a behaviour that gives `answers` from the page number `at` on, then the site's own."""
    left, seen = list(answers), Counter[str]()

    def behave(request: Request) -> Answer | None:
        if request.path != "/robots.txt":
            seen["pages"] += 1
            if seen["pages"] >= at and left:
                return left.pop(0)
        return None

    return behave


@pytest.mark.parametrize(
    ("answer", "wait"),
    [((429, {"Retry-After": "17"}, b"slow down"), 17), ((503, {}, b"busy"), 5)],
)
def test_nothing_is_missing_after_a_retry(path: Path, answer: Answer, wait: int) -> None:
    story = random_story(4, 12)
    with LocalSite(story, behaviour=failing(answer)) as site:
        scraped = scrape(path, site.url(story.address))
    assert set(edges_of(scraped.graph)) == set(edges(story))
    assert wait in [round(seconds) for seconds in scraped.clock.slept]


def test_an_error_page_is_never_done(path: Path) -> None:
    """A page without content is stored, to be parsed again, and is not done."""
    story = random_story(4, 12)
    error: Answer = (200, {"Content-Type": "text/html"}, b"<h1>Something went wrong</h1>")
    with LocalSite(story, behaviour=failing(error, at=5)) as site:
        scraped = scrape(path, site.url(story.address))
    assert scraped.failures == {"refused: the page has no page number": 1}
    assert sum(c.target not in scraped.graph.passages_by_id() for c in scraped.graph.choices) == 1
    assert len(scraped.graph.notes) == 1


def test_a_postponed_page_is_fetched_by_the_next_run(path: Path) -> None:
    story = random_story(4, 12)
    busy: Answer = (503, {}, b"")
    with LocalSite(story, behaviour=failing(*[busy] * 6)) as site:
        first = scrape(path, site.url(story.address))
        assert set(first.failures) == {"postponed: the host answers with HTTP 503"}
        assert any("503" in note for note in first.graph.notes)
        second = scrape(path, site.url(story.address))
    assert not second.failures
    assert set(edges_of(second.graph)) == set(edges(story))


def test_a_host_that_asks_for_an_hour_is_left_to_another_run(path: Path) -> None:
    story = random_story(4, 12)
    later: Answer = (429, {"Retry-After": "3600"}, b"")
    with LocalSite(story, behaviour=failing(later)) as site:
        first = scrape(path, site.url(story.address))
        asked = len(site.page_requests())
        soon = scrape(path, site.url(story.address), clock=first.clock)
        assert len(site.page_requests()) == asked, "Retry-After counts across runs"
        first.clock.time += 3600
        late = scrape(path, site.url(story.address), clock=first.clock)
    assert soon.fetched == 0
    assert set(edges_of(late.graph)) == set(edges(story))


# robots.txt ---------------------------------------------------------------------------------------


LIST, COVER, VIEWER = "/Stories/top.aspx", "/story/Random-4", "/story/viewer/default.aspx"


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        ("User-agent: *\nDisallow: /story/viewer/", {LIST, COVER}),
        ("User-agent: *\nDisallow: /*.aspx?StoryId=", {LIST, COVER}),
        ("User-agent: Grue\nDisallow: /story/viewer\n\nUser-agent: *\nAllow: /", {LIST, COVER}),
        ("\ufeffuser-agent: grue\r\nuser-agent: other\r\ndisallow: /story/v", {LIST, COVER}),
        ("User-agent: *\nDisallow: /story/\nAllow: /story/viewer/", {LIST}),
        ("User-agent: *\nDisallow: /", set()),
        ("User-agent: *\nDisallow: /\nAllow: /Stories/", {LIST}),
        ("User-agent: other\nDisallow: /", {LIST, COVER, VIEWER}),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Grue\nDisallow:", {LIST, COVER, VIEWER}),
    ],
)
def test_no_disallowed_page_is_fetched(path: Path, robots: str, allowed: set[str]) -> None:
    story = random_story(4, 3)
    with LocalSite(story, robots=robots) as site:
        scraped = scrape(path, site.url(LIST))
        assert {request.path for request in site.page_requests()} == allowed
    assert len(scraped.graphs) == (VIEWER in allowed)
    assert (scraped.failures == {}) == (VIEWER in allowed)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_nothing_is_fetched_where_robots_txt_is_unavailable(path: Path, status: int) -> None:
    story = random_story(4, 12)
    with LocalSite(story) as site:
        site.robots = (status, {}, b"")
        scraped = scrape(path, site.url(story.address))
        assert not site.page_requests()
        assert len(scraped.failures) == 1
        site.robots = (404, {}, b"")
        assert scrape(path, site.url(story.address)).graph.title == story.title


def test_a_crawl_delay_is_obeyed(path: Path) -> None:
    story = random_story(4, 4)
    with LocalSite(story, robots="User-agent: *\nCrawl-delay: 3") as site:
        scraped = scrape(path, site.url(story.address))
        pages = len(site.page_requests())
    assert [seconds for seconds in scraped.clock.slept if seconds > 2.9] == [3.0] * pages


# A new version of a parser ------------------------------------------------------------------------


def test_pages_are_parsed_again_by_a_new_version_of_their_site(path: Path) -> None:
    """A first version misses choices; the second finds them, and nothing is fetched twice."""
    story = random_story(6, 15)
    real = SITES["chooseyourstory"]

    def first_link_only(page: Page) -> PageContent:
        content = real.parse(page)
        links = getattr(content, "links", ())
        return replace(content, links=links[:1]) if links else content  # type: ignore[call-arg]

    old = {real.name: replace(real, version=0, parse=first_link_only)}
    with LocalSite(story) as site:
        first = scrape(path, site.url(story.address), sites=old)
        second = scrape(path, site.url(story.address))
        moves = Counter(request.move for request in site.page_requests("POST"))
    assert len(first.graph.choices) < len(second.graph.choices)
    assert set(edges_of(second.graph)) == set(edges(story))
    assert set(moves.values()) == {1}
