from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.length import LengthFilter
from tests.corpus_scraper.graphs import graph
from tests.rows import every_row

STORY = graph({"a": "A hall.", "b": "A stair."}, ("a", "b", "Go up."))


@every_row(("least", "kept"), [(0, True), (6, True), (7, False)])
def test_passages_and_choices_count(least: int, kept: bool) -> None:
    log = BlockLog()
    assert LengthFilter(least)(STORY, log) == (STORY if kept else None)
    assert len(log.excluded) == (not kept)


def test_a_story_without_words_is_none() -> None:
    log = BlockLog()
    assert LengthFilter(0)(graph({"a": ""}), log) is None
    assert log.excluded[0].reason == "it has fewer than 1 words"
