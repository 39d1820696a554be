from dataclasses import replace

from hypothesis import given

from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.block import characters
from corpus_scraper.corpus.filters.reachability import ReachabilityFilter
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.graphs import any_graph, graph


def test_what_no_way_leads_to_is_left_out_with_its_ways() -> None:
    log = BlockLog()
    story = graph(
        {"a": "A hall.", "b": "A stair.", "c": "A draft."}, ("a", "b", "Go."), ("c", "a", "Come.")
    )
    assert ReachabilityFilter()(story, log) == graph(
        {"a": "A hall.", "b": "A stair."}, ("a", "b", "Go.")
    )
    assert [(left.passage, left.reason) for left in log.excluded] == [
        ("c", "no choice leads to it")
    ]
    assert [left.characters for left in log.excluded] == [len("A draft.") + len("Come.")]


def test_what_is_reached_from_a_further_start_stays() -> None:
    story = graph({"a": "A hall.", "b": "A stair.", "c": "A loft."}, ("b", "c", "Up."))
    story = replace(story, further_starts=("b",))
    assert ReachabilityFilter()(story, BlockLog()) is story


@given(any_graph())
def test_the_sizes_in_the_log_come_to_what_is_gone(story: StoryGraph) -> None:
    log = BlockLog()
    kept = ReachabilityFilter()(story, log)
    assert sum(left.characters for left in log.excluded) == characters(story) - characters(kept)


def test_a_story_that_is_whole_stays_as_it_is() -> None:
    story = graph({"a": "A hall.", "b": "A stair."}, ("a", "b", "Go."), ("b", "a", "Back."))
    assert ReachabilityFilter()(story, BlockLog()) is story
