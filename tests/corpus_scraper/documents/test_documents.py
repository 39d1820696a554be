import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.documents.documents import DocumentStats, render_documents, water_level
from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.graphs import any_graph, graph

FORK = normalise_graph(
    graph(
        {"start": "You stand at a fork.", "left": "A pond.", "right": "A mill by the water."},
        ("start", "left", "go left", "daylight"),
        ("start", "right", "go right"),
    )
)


def test_the_documents_of_a_fork() -> None:
    made, measures = render_documents(FORK, context=400)
    assert [[(span.text, span.train) for span in each.spans] for each in made] == [
        [("You stand at a fork.\n\n> You go right.\n\nA mill by the water.", True)],
        [("You stand at a fork.", False), ("\n\n> You go left.\n\nA pond.", True)],
    ]
    assert [each.conditional for each in made] == [False, True]
    unique = len("You stand at a fork.A pond.A mill by the water.You go left.You go right.")
    assert measures == DocumentStats(
        unique=unique,
        trained=unique,
        emitted=unique + len("You stand at a fork."),
        passages=3,
        passages_covered=3,
        choices=2,
        choices_covered=2,
        documents=2,
        conditional=1,
        largest_repeat=2,
    )


def test_known_passages_are_not_counted_as_learned() -> None:
    made, measures = render_documents(FORK, context=400, known={"start", "left", "right"})
    choices = len("You go left.You go right.")
    assert (measures.unique, measures.trained) == (choices, choices)
    assert sum(span.train for each in made for span in each.spans) == 2
    assert measures.emitted > measures.trained


def test_a_document_that_would_teach_nothing_is_not_made() -> None:
    story = normalise_graph(graph({"a": "Tick.", "b": ""}, ("a", "b", ""), ("a", "a", "")))
    made, measures = render_documents(story, context=100)
    assert [each.trained for each in made] == [len("Tick.")]
    assert measures.coverage == 1.0


def test_measures_add_up() -> None:
    one = DocumentStats(10, 10, 14, 2, 2, 1, 1, 3, 1, 2)
    two = DocumentStats(30, 30, 30, 1, 1, 1, 0, 1, 0, 5)
    both = one + two
    assert (both.unique, both.emitted, both.documents, both.largest_repeat) == (40, 44, 4, 5)
    assert both.expansion == pytest.approx(1.1)
    assert both.exposure == 1.0
    assert both.coverage == pytest.approx(4 / 5)
    assert (DocumentStats().expansion, DocumentStats().exposure, DocumentStats().coverage) == (
        1,
        1,
        1,
    )


def test_where_contexts_must_be_short_prose_gets_more_than_a_choice_that_comes_round() -> None:
    rooms = {f"r{n}": f"Room {n} is full of dust, and a clock ticks." for n in range(20)}
    ways = [("hub", room, f"enter room {room}") for room in rooms]
    ways += [("hub", "hub", f"say rhyme {n}") for n in range(20)]
    hub = {"hub": "The hall has twenty doors, each with a sentence on it. " * 12}
    made, measures = render_documents(normalise_graph(graph(hub | rooms, *ways)), context=400)
    read = {
        is_prose: {
            len(span.text)
            for each in made[1:]
            for span in each.spans
            if not span.train and ("full of dust" in each.spans[-1].text) is is_prose
        }
        for is_prose in (True, False)
    }
    assert max(read[False]) * 1.5 < min(read[True])
    assert 1.5 < measures.expansion <= 1.7


@given(st.lists(st.integers(0, 50), max_size=12), st.integers(0, 300))
def test_sizes_are_cut_to_one_level_and_no_lower_than_needed(sizes: list[int], total: int) -> None:
    cut = water_level(sizes, total)
    assert sum(min(size, cut) for size in sizes) <= total
    if sizes and cut < max(sizes):
        assert sum(min(size, cut + 1) for size in sizes) > total


@given(any_graph(), st.sampled_from([0, 40, 4_000]))
def test_everything_is_learned_once_and_little_is_read_again(
    story: StoryGraph, context: int
) -> None:
    made, measures = render_documents(normalise_graph(story), context=context)
    assert measures.coverage == 1.0
    assert measures.trained == measures.unique
    assert measures.expansion <= 1.7
    assert measures.documents == len(made)
    assert all(each.trained for each in made)


@given(any_graph(are_unlike=True))
def test_no_text_is_learned_in_two_documents(story: StoryGraph) -> None:
    story = normalise_graph(story)
    made, _ = render_documents(story, context=400)
    learned = "\n\n".join(s.text.strip("\n") for each in made for s in each.spans if s.train)
    for step in (*story.passages, *story.choices):
        assert learned.count(step.text.strip()) == 1, step
