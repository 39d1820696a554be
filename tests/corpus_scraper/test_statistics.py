import itertools
import math
from dataclasses import replace

from hypothesis import given

from corpus_scraper.graph import StoryGraph
from corpus_scraper.statistics import MAX_EXACT_PATHS, graph_statistics, total
from tests.corpus_scraper.graphs import any_graph, graph


def test_the_statistics_of_a_story() -> None:
    story = graph(
        {"a": "One two.", "b": "Three.", "c": "Four five six.", "d": "", "lost": "Seven."},
        ("a", "b", "left"),
        ("a", "c", "right"),
        ("b", "d", ""),
        ("c", "d", ""),
        ("c", "a", "back"),
        ("b", "gone", "away"),
    )
    counted = graph_statistics(story)
    assert (counted.passages, counted.choices, counted.words) == (5, 6, 7)
    assert counted.unreachable == ("lost",)
    assert counted.missing == ("gone",)
    assert counted.loops == 1
    assert counted.paths == 2
    assert math.isclose(counted.log10_paths, math.log10(2))


def test_dead_ends_are_no_endings() -> None:
    counted = graph_statistics(graph({"a": "A."}))
    assert counted.endings + len(counted.dead_ends) == 1


def test_paths_beyond_the_exact_limit_have_a_logarithm() -> None:
    names = [f"p{n}" for n in range(200)]
    ways = [(here, there, text) for here, there in itertools.pairwise(names) for text in "xyz"]
    counted = graph_statistics(graph(dict.fromkeys(names, "."), *ways))
    assert counted.paths == MAX_EXACT_PATHS
    assert math.isclose(counted.log10_paths, 199 * math.log10(3))


def test_a_missing_start_has_no_paths() -> None:
    counted = graph_statistics(graph({"a": "A."}, start="gone"))
    assert (counted.paths, counted.unreachable) == (0, ("a",))


def test_paths_from_every_start_are_counted() -> None:
    story = graph({"a": "A.", "b": "B.", "c": "C."}, ("b", "c", "up"), ("b", "c", "down"))
    counted = graph_statistics(replace(story, further_starts=("b", "c")))
    assert (counted.paths, counted.unreachable) == (4, ())


def test_a_long_chain_is_counted() -> None:
    names = [str(n) for n in range(20_000)]
    story = graph(dict.fromkeys(names, "x"), *itertools.pairwise(names))
    assert graph_statistics(story).paths == 1


@given(any_graph())
def test_any_graph_can_be_counted(story: StoryGraph) -> None:
    counted = graph_statistics(story)
    assert 0 <= counted.paths <= MAX_EXACT_PATHS
    assert len(counted.unreachable) <= counted.passages
    assert total([counted])["passages"] == len(story.passages)
