from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.documents.perspective import (
    MIN_BETWEEN_ACTIONS,
    convert_to_second_person,
    without_asides,
)
from corpus_scraper.graph import StoryGraph
from dungeon.perspective import to_second_person
from tests.corpus_scraper.graphs import any_graph, graph

RAIN = "The rain fell on the roof of the mill all that night, and nobody came up the road. " * 4
"""Enough of it to stand between two deeds."""


def told(graph: StoryGraph) -> list[tuple[str, str]]:
    """Return the deeds and the prose that follows each, of a story without branches."""
    there = [("", graph.passages[0].text)]
    by_id = graph.passages_by_id()
    ways = {choice.origin: choice for choice in graph.choices}
    at = graph.passages[0].id
    while at in ways:
        there.append((ways[at].text, by_id[ways[at].target].text))
        at = ways[at].target
    return there


def test_what_the_hero_does_becomes_the_players_line_and_what_follows_its_consequence() -> None:
    story = graph({"a": f"{RAIN}I drew my sword. The man stepped back, and I was glad."})
    assert told(convert_to_second_person(story)) == [
        ("", RAIN.strip()),
        ("You drew your sword.", "The man stepped back, and you were glad."),
    ]


def test_the_paragraphs_stay_and_the_last_piece_ends_the_story() -> None:
    story = graph({"a": f"{RAIN}\n\nI drew my sword.\n\nThe man stepped back.\n\nI slept."})
    made = convert_to_second_person(story)
    assert [passage.ending for passage in made.passages] == [False, True]
    assert told(made)[1] == ("You drew your sword.", "The man stepped back.\n\nYou slept.")


def test_deeds_are_no_closer_than_a_reply_is_long() -> None:
    made = convert_to_second_person(
        graph({"a": f"{RAIN}I ran. I fell. I rose. {RAIN}I walked on. It was cold."})
    )
    assert [deed for deed, _ in told(made)] == ["", "You ran.", "You walked on."]
    assert len(RAIN) > MIN_BETWEEN_ACTIONS


def test_what_is_no_deed_stays_in_the_story() -> None:
    for sentence in (
        "I was afraid.",
        "I saw a light.",
        "I could not move.",
        "I never went there.",
        "“I draw my sword,” said Tom.",
        "I took the advice of Mr. Good and went.",
        f"I walked {'and walked ' * 20}home.",
        "I told him so.",
        "I began to see the danger.",
        "I don't know.",
    ):
        made = convert_to_second_person(graph({"a": f"{RAIN}{sentence} It was cold."}))
        assert len(made.passages) == 1, sentence


def test_the_ways_of_a_branching_story_stay() -> None:
    story = graph(
        {"a": f"{RAIN}I drew my sword. He fled.", "b": "I slept.", "c": "I ran."},
        ("a", "b", "I rest my head"),
        ("a", "c", "Run"),
    )
    made = convert_to_second_person(story)
    ends = [choice for choice in made.choices if choice.target in ("b", "c")]
    assert [(c.origin, c.text) for c in ends] == [("a/1", "You rest your head"), ("a/1", "Run")]
    assert made.passages_by_id()["b"].text == "You slept."


def test_a_paragraph_that_speaks_to_somebody_is_left_out() -> None:
    text = "I went on.\n\nI wish you had seen me. It was dark.\n\nYou know it.\n\nI slept."
    assert without_asides(text) == "I went on.\n\nYou know it.\n\nI slept."
    assert without_asides("“I see you,” I said.") == "“I see you,” I said."


@given(any_graph())
def test_every_word_stays_and_every_passage_can_be_reached(story: StoryGraph) -> None:
    made = convert_to_second_person(story)
    before, after = story.reachable(), made.reachable()
    assert before <= after
    for passage in story.passages:
        pieces = [p.text for p in made.passages if p.id.split("/")[0] == passage.id]
        deeds = [c.text for c in made.choices if "/" in c.target and c.target.split("/")[0] ==
                 passage.id]  # fmt: skip
        words = to_second_person(without_asides(passage.text)).split()
        assert sorted(" ".join(pieces + deeds).split()) == sorted(words)


@given(st.text("I ran.\n “you” Mr", max_size=80))
def test_any_text_can_be_turned(text: str) -> None:
    convert_to_second_person(graph({"a": text}))
