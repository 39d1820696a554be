from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.reachability import ReachabilityFilter
from tests.corpus_scraper.graphs import graph


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


def test_a_story_that_is_whole_stays_as_it_is() -> None:
    story = graph({"a": "A hall.", "b": "A stair."}, ("a", "b", "Go."), ("b", "a", "Back."))
    assert ReachabilityFilter()(story, BlockLog()) is story
