import itertools
from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_scraper.documents.action_lines import LabelReader
from corpus_scraper.documents.paths import (
    MAX_PATH,
    Path,
    Span,
    cover,
    normalise_graph,
    path_spans,
    shorten_context,
    to_block,
)
from corpus_scraper.graph import Choice, Passage, StoryGraph
from dungeon import transcript
from tests.corpus_scraper.graphs import any_graph, graph
from tests.rows import every_row

CONTEXTS = st.sampled_from([0, 1, 20, 150, 4_000])


def names(walk: Path) -> list[str]:
    """A walk as the ids of its passages and the words of its choices."""
    return [step.id if isinstance(step, Passage) else step.text for step in walk.steps]


# One story, by hand.

FORK = normalise_graph(
    graph(
        {
            "start": "A fork.",
            "left": "A short way.",
            "right": "A long and winding way.",
            "end": "Home.",
        },
        ("start", "left", "go left"),
        ("start", "right", "go right"),
        ("left", "end", "run home"),
        ("right", "end", "walk home"),
        ("end", "start", "start again"),
    )
)


def test_the_way_with_most_text_ahead_is_told_first_and_a_merge_ends_with_the_choice() -> None:
    first, second = cover(FORK, 1_000)
    assert names(first) == [
        "start",
        "You go right.",
        "right",
        "You walk home.",
        "end",
        "You start again.",
    ]
    assert names(second) == ["You go left.", "left", "You run home."]
    assert [step.id for step in second.context if isinstance(step, Passage)] == ["start"]


def test_a_way_without_a_condition_is_told_before_one_with_more_text() -> None:
    story = normalise_graph(
        graph(
            {"a": "A.", "rare": "Long, long, long.", "plain": "Short."},
            ("a", "rare", "use the key", "has key"),
            ("a", "plain", "wait"),
        )
    )
    first, second = cover(story, 100)
    assert names(first) == ["a", "You wait.", "plain"]
    assert (first.conditional, second.conditional) == (False, True)


def test_context_is_the_path_that_was_told_and_no_more_than_asked_for() -> None:
    chain = {f"p{n}": f"Room {n} is here. " * 4 for n in range(9)}
    ways = [(f"p{n}", f"p{n + 1}", f"enter room {n + 1}") for n in range(8)]
    story = normalise_graph(graph(chain | {"pit": "A pit."}, *ways, ("p7", "pit", "fall")))
    *_, last = cover(story, 150)
    context = [step.id for step in last.context if isinstance(step, Passage)]
    assert context == ["p6", "p7"]
    (read, learned) = path_spans(last, 150)
    assert not read.train
    assert len(read.text) <= 150
    assert "Room 7" in read.text
    assert learned == Span("\n\n> You fall.\n\nA pit.", True)
    assert [step for walk in cover(story, 0) for step in walk.context] == []


def test_a_very_long_way_is_told_in_parts() -> None:
    text = "You walk on and on. " * 600
    chain = {f"p{n}": text for n in range(10)}
    ways = [(f"p{n}", f"p{n + 1}", f"walk {n}") for n in range(9)]
    parts = list(cover(normalise_graph(graph(chain, *ways)), 100))
    assert len(parts) > 1
    for part in parts:
        length = sum(len(s.text) for s in part.steps if isinstance(s, Passage))
        assert length < MAX_PATH + len(text)


def test_a_loop_to_itself_is_told_once() -> None:
    (walk,) = cover(normalise_graph(graph({"a": "Tick."}, ("a", "a", "wait"))), 100)
    assert names(walk) == ["a", "You wait."]


def test_a_story_whose_start_is_missing_has_no_walks() -> None:
    assert list(cover(normalise_graph(graph({"a": "A."}, start="gone")), 100)) == []


def test_a_story_of_several_starts_has_a_path_from_each() -> None:
    story = replace(
        graph(
            {"a": "A.", "b": "B.", "c": "C.", "d": "D."},
            ("a", "b", "go left"), ("c", "b", "go back"), ("c", "d", "go up"),
        ),
        further_starts=("b", "gone", "c"),
    )  # fmt: skip
    assert [names(walk) for walk in cover(normalise_graph(story), 100)] == [
        ["a", "You go left.", "b"],
        ["c", "You go up.", "d"],
        ["You go back."],
    ]


def test_starts_that_read_the_same_are_one() -> None:
    story = replace(graph({"a": "A.", "b": "B.", "c": "B."}), further_starts=("b", "c"))
    assert [names(walk) for walk in cover(normalise_graph(story), 100)] == [["a"], ["b"]]


def test_a_story_of_thousands_of_steps_is_no_deep_recursion() -> None:
    size = 10_000
    chain = {str(n): f"Step {n}." for n in range(size)}
    story = normalise_graph(graph(chain, *((str(n), str(n + 1), "go on") for n in range(size - 1))))
    assert sum(len(walk.steps) for walk in cover(story, 0)) == 2 * size - 1


# What reads the same and leads to the same.


def test_two_choices_of_the_same_words_to_the_same_place_are_one() -> None:
    story = normalise_graph(
        graph(
            {"a": "A pen?", "b": "You write."},
            ("a", "b", "Take the red pen", "red"),
            ("a", "b", "take the red pen", ""),
            ("a", "b", "Take the blue pen", "blue"),
        )
    )
    assert [(way.text, way.condition) for way in story.choices] == [
        ("You take the red pen.", ""),
        ("You take the blue pen.", "blue"),
    ]


def test_twins_are_merged_from_the_ends_backwards() -> None:
    story = normalise_graph(
        graph(
            {"a": "A.", "b1": "Same.", "b2": "Same.", "c1": "The end.", "c2": "The end."},
            ("a", "b1", "go left"),
            ("a", "b2", "go right"),
            ("b1", "c1", "wait"),
            ("b2", "c2", "wait"),
        )
    )
    assert [passage.id for passage in story.passages] == ["a", "b1", "c1"]
    assert [(way.text, way.target) for way in story.choices] == [
        ("You go left.", "b1"),
        ("You go right.", "b1"),
        ("You wait.", "c1"),
    ]


def test_twins_that_each_lead_to_themselves_are_one() -> None:
    ways = [("a", "b", "go left"), ("a", "c", "go right"), ("b", "b", "wait"), ("c", "c", "wait")]
    assert (
        len(normalise_graph(graph({"a": "A.", "b": "Round.", "c": "Round."}, *ways)).passages) == 2
    )


def test_thousands_of_twins_one_behind_another_are_merged_at_once() -> None:
    size = 1_500
    chain = {f"{side}{n}": f"Step {n}." for side in "lr" for n in range(size)}
    ways = [
        (f"{side}{n}", f"{side}{n + 1}", f"walk to {n}") for side in "lr" for n in range(size - 1)
    ]
    fork = {"fork": "A fork."} | chain
    story = normalise_graph(
        graph(fork, ("fork", "l0", "go left"), ("fork", "r0", "go right"), *ways)
    )
    assert len(story.passages) == size + 1


def test_passages_of_the_same_words_that_lead_elsewhere_stay_two() -> None:
    story = normalise_graph(
        graph(
            {"a": "Corridor.", "b": "Corridor.", "c": "Hall."},
            ("a", "b", "go north"),
            ("b", "c", "go north"),
        )
    )
    assert len(story.passages) == 3


# Any story at all.


@given(any_graph(are_unlike=True), CONTEXTS)
def test_every_passage_and_every_choice_is_told_exactly_once(
    story: StoryGraph, context: int
) -> None:
    story = normalise_graph(story)
    steps = Counter(step for walk in cover(story, context) for step in walk.steps)
    assert steps == Counter([*story.passages, *story.choices])


@given(any_graph(), CONTEXTS)
def test_texts_that_repeat_are_told_once_as_well(story: StoryGraph, context: int) -> None:
    story = normalise_graph(story)
    steps = Counter(step for walk in cover(story, context) for step in walk.steps)
    assert steps == Counter([*story.passages, *story.choices])


@given(any_graph())
def test_merging_loses_no_words(story: StoryGraph) -> None:
    reached = story.reachable()
    merged = normalise_graph(story)
    assert {passage.text for passage in merged.passages} == {
        transcript.normalise(passage.text) for passage in story.passages if passage.id in reached
    }
    assert {way.text for way in merged.choices} == {
        LabelReader(story).read(way).text for way in story.choices if way.origin in reached
    }
    assert merged.reachable() == {passage.id for passage in merged.passages}


@given(any_graph(), CONTEXTS)
def test_a_walk_follows_the_authors_ways_and_its_context_is_its_ancestry(
    story: StoryGraph, context: int
) -> None:
    story = normalise_graph(story)
    known = story.passages_by_id()
    before: set[object] = set()
    for walk in cover(story, context):
        path = [*walk.context, *walk.steps]
        for here, after in itertools.pairwise(path):
            if isinstance(here, Choice):
                assert isinstance(after, Passage)
                assert here.target == after.id
            else:
                assert isinstance(after, Choice)
                assert after.origin == here.id
        if isinstance(path[-1], Choice) and path[-1].target in known:
            assert known[path[-1].target] in before | set(path)  # a merge: it has been told
        assert set(walk.context) <= before
        before |= set(walk.steps)


@given(any_graph(), CONTEXTS)
def test_walks_depend_on_nothing_but_the_graph(story: StoryGraph, context: int) -> None:
    assert list(cover(normalise_graph(story), context)) == list(
        cover(normalise_graph(story), context)
    )


@given(any_graph(), CONTEXTS)
def test_spans_joined_are_a_transcript_that_reads_back(story: StoryGraph, context: int) -> None:
    for walk in cover(normalise_graph(story), context):
        pieces = path_spans(walk, context)
        whole = "".join(span.text for span in pieces)
        assert transcript.write(transcript.read(whole)) == whole
        learned = "".join(span.text for span in pieces if span.train).removeprefix("\n\n")
        assert learned == transcript.write(map(to_block, walk.steps))
        read = "".join(span.text for span in pieces if not span.train)
        assert len(read) <= context
        assert transcript.write(map(to_block, walk.context)).endswith(read)


@given(any_graph(are_unlike=True), CONTEXTS, st.sets(st.sampled_from(["p0", "p1", "p2"])))
def test_what_another_work_told_is_read_and_not_learned(
    story: StoryGraph, context: int, known: set[str]
) -> None:
    for walk in cover(normalise_graph(story), context):
        pieces = path_spans(walk, context, known)
        learned = "".join(span.text for span in pieces if span.train)
        for step in walk.steps:
            if isinstance(step, Passage) and step.text:
                assert (step.text in learned) == (step.id not in known)


@given(any_graph(most=5))
@settings(max_examples=50)
def test_telling_again_changes_nothing(story: StoryGraph) -> None:
    once = normalise_graph(story)
    assert {p.text for p in normalise_graph(once).passages} == {p.text for p in once.passages}


# Where a context begins.


@every_row(
    ("text", "length", "end"),
    [
        ("short", 10, "short"),
        ("One.\n\nTwo words here.\n\nThree.", 24, "words here.\n\nThree."),
        ("One.\n\nTwo words here.\n\nThree.", 26, "Two words here.\n\nThree."),
        ("A first sentence. A second one ends.", 30, "A second one ends."),
        ("word " * 10, 12, "word word "),
        ("x" * 30, 10, "x" * 10),
        ("a>", 1, ""),
        ("He says it is > all.", 7, "all."),
        ("One.\n\n> You go.\n\nTwo.", 15, "> You go.\n\nTwo."),
        ("anything", 0, ""),
    ],
)
def test_a_context_begins_where_something_begins(text: str, length: int, end: str) -> None:
    assert shorten_context(text, length) == end
