from hypothesis import given

from corpus_scraper.formats.graph_builder import MAX_NEW_CHOICES, collapse_empty_passages
from corpus_scraper.graph import Choice, Passage, StoryGraph
from tests.corpus_scraper.graphs import any_graph

A, B, C = Passage("a", "A."), Passage("b", "B."), Passage("c", "C.")
HUB = Passage("hub", "")


def test_an_empty_passage_is_removed_and_its_choices_are_joined() -> None:
    ways = [
        Choice("a", "hub", "", "asked"),
        Choice("hub", "b", "Left", "dark"),
        Choice("hub", "c", "Right"),
    ]
    passages, choices = collapse_empty_passages("a", [A, HUB, B, C], ways)
    assert passages == (A, B, C)
    assert choices == (
        Choice("a", "b", "Left", "asked and dark"),
        Choice("a", "c", "Right", "asked"),
    )


def test_where_something_is_picked_before_and_in_it_it_stays() -> None:
    ways = [Choice("a", "hub", "Wait"), Choice("hub", "b", "Left")]
    assert collapse_empty_passages("a", [A, HUB, B], ways) == ((A, HUB, B), tuple(ways))


def test_starts_endings_circles_and_crowded_places_stay() -> None:
    end = Passage("hub", "", ending=True)
    assert collapse_empty_passages("hub", [HUB, B], [Choice("hub", "b", "Go")])[0] == (HUB, B)
    assert collapse_empty_passages("a", [A, end], [Choice("a", "hub")])[0] == (A, end)
    ring = [Choice("a", "hub"), Choice("hub", "hub"), Choice("hub", "b")]
    assert collapse_empty_passages("a", [A, HUB, B], ring)[0] == (A, HUB, B)
    many = [Choice("a", "hub", "", str(n)) for n in range(MAX_NEW_CHOICES + 1)]
    assert HUB in collapse_empty_passages("a", [A, HUB, B], [*many, Choice("hub", "b")])[0]


@given(any_graph())
def test_nothing_that_could_be_reached_is_lost(story: StoryGraph) -> None:
    passages, choices = collapse_empty_passages(story.start, story.passages, story.choices)
    said = {passage.id for passage in story.passages if passage.text.strip()}
    after = StoryGraph("", "", story.source, story.start, passages, choices)
    assert {passage.id for passage in passages} >= said | (
        {story.start} & set(story.passages_by_id())
    )
    assert after.reachable() & said == story.reachable() & said
