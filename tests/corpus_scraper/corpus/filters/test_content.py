"""The rule is dungeon.safety's; here is what becomes of a story that breaks it somewhere."""

from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.content import ContentFilter
from tests.corpus_scraper.graphs import graph

BROKEN = "The schoolgirl was horny."
"""The mildest words that the rule stops, as its own tests have them."""

PLAIN = "The miller shut the door and hung the lamp on its nail, and the wheel went round."


def test_a_story_that_keeps_the_rule_stays_as_it_is() -> None:
    story = graph({"a": PLAIN, "b": PLAIN}, ("a", "b", "Go up."))
    log = BlockLog()
    assert ContentFilter()(story, log) == story
    assert not log.excluded


def test_a_short_passage_is_left_out_with_the_ways_to_it() -> None:
    log = BlockLog()
    story = graph({"a": PLAIN, "b": BROKEN, "c": PLAIN}, ("a", "b", "Left."), ("a", "c", "Right."))
    assert ContentFilter()(story, log) == graph({"a": PLAIN, "c": PLAIN}, ("a", "c", "Right."))
    assert [(left.passage, left.characters) for left in log.excluded] == [("b", len(BROKEN))]


def test_a_choice_that_breaks_the_rule_is_left_out() -> None:
    log = BlockLog()
    story = graph({"a": PLAIN, "b": PLAIN}, ("a", "b", BROKEN), ("a", "b", "Go up."))
    assert ContentFilter()(story, log) == graph({"a": PLAIN, "b": PLAIN}, ("a", "b", "Go up."))
    assert log.count("content").counts == {"choices excluded": 1}


def test_nothing_begins_with_what_breaks_the_rule() -> None:
    log = BlockLog()
    assert ContentFilter()(graph({"a": BROKEN}), log) is None


def test_a_chapter_loses_some_paragraphs_and_the_book_goes_on() -> None:
    chapter = "\n\n".join([*[PLAIN] * 20, BROKEN, *[PLAIN] * 20])
    log = BlockLog()
    kept = ContentFilter()(graph({"a": chapter, "b": PLAIN}, ("a", "b", "")), log)
    assert kept is not None
    assert BROKEN not in kept.passages[0].text
    assert 33 <= kept.passages[0].text.count(PLAIN) < 40
    assert kept.passages[1].text == PLAIN
    assert len(kept.choices) == 1
    [left] = log.excluded
    assert left.characters == len(chapter) - len(kept.passages[0].text)
