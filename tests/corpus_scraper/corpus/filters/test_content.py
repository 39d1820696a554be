"""The rule is dungeon.text.safety's; here is what becomes of a story that breaks it somewhere."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.block import characters
from corpus_scraper.corpus.filters.content import ContentFilter
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.graphs import any_graph, graph

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
    assert [(left.passage, left.characters) for left in log.excluded] == [
        ("b", len(BROKEN)),
        ("a", len("Left.")),
    ]


def test_a_choice_that_breaks_the_rule_is_left_out() -> None:
    log = BlockLog()
    story = graph({"a": PLAIN, "b": PLAIN}, ("a", "b", BROKEN), ("a", "b", "Go up."))
    assert ContentFilter()(story, log) == graph({"a": PLAIN, "b": PLAIN}, ("a", "b", "Go up."))
    [left] = log.excluded
    assert (left.passage, left.characters) == ("a", len(BROKEN))
    assert left.reason == "a choice breaks the content rule"


def test_nothing_begins_with_what_breaks_the_rule() -> None:
    log = BlockLog()
    assert ContentFilter()(graph({"a": BROKEN, "b": BROKEN}, ("a", "b", "Go.")), log) is None
    [left] = log.excluded
    assert (left.passage, left.characters) == ("", 2 * len(BROKEN) + len("Go."))


def test_what_follows_an_excluded_passage_is_a_start() -> None:
    story = graph(
        {"a": PLAIN, "b": BROKEN, "c": BROKEN, "d": PLAIN, "e": PLAIN},
        ("a", "b", "Left."), ("b", "c", "On."), ("c", "d", "On."), ("d", "e", "Up."),
        ("b", "e", "Jump."),
    )  # fmt: skip
    kept = ContentFilter()(story, BlockLog())
    assert kept is not None
    assert kept.starts == ("a", "d")
    assert [choice.text for choice in kept.choices] == ["Up."]


def test_what_another_choice_leads_to_as_well_is_no_start() -> None:
    story = graph({"a": PLAIN, "b": BROKEN, "c": PLAIN}, ("a", "b"), ("b", "c"), ("a", "c"))
    kept = ContentFilter()(story, BlockLog())
    assert kept is not None
    assert kept.starts == ("a",)


def test_what_only_an_excluded_choice_led_to_is_a_start() -> None:
    kept = ContentFilter()(graph({"a": PLAIN, "b": PLAIN}, ("a", "b", BROKEN)), BlockLog())
    assert kept is not None
    assert kept.starts == ("a", "b")


def test_a_story_whose_first_passage_is_excluded_begins_after_it() -> None:
    story = graph({"a": BROKEN, "b": PLAIN, "c": PLAIN}, ("a", "b", "Left."), ("a", "c", "Right."))
    kept = ContentFilter()(story, BlockLog())
    assert kept is not None
    assert (kept.start, kept.further_starts) == ("b", ("c",))


def test_what_nothing_led_to_before_is_no_start() -> None:
    story = graph({"a": PLAIN, "lost": BROKEN, "deep": PLAIN}, ("lost", "deep", "On."))
    kept = ContentFilter()(story, BlockLog())
    assert kept is not None
    assert kept.starts == ("a",)


@given(any_graph(are_unlike=True), st.sets(st.integers(0, 7)))
def test_all_that_was_reached_and_keeps_the_rule_is_reached(
    story: StoryGraph, broken: set[int]
) -> None:
    """And the sizes in the log come to what is gone."""
    story = replace(
        story,
        passages=tuple(
            replace(passage, text=BROKEN) if at in broken else passage
            for at, passage in enumerate(story.passages)
        ),
    )
    log = BlockLog()
    kept = ContentFilter()(story, log)
    expected = story.reachable() - {f"p{at}" for at in broken}
    assert (set() if kept is None else kept.reachable()) == expected
    gone = characters(story) - (0 if kept is None else characters(kept))
    assert sum(left.characters for left in log.excluded) == gone


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
