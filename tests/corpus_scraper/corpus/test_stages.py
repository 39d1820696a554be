import json
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_scraper import graph as graphs
from corpus_scraper.corpus.mixture import cut
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.corpus.stages import (
    ACTION_LINES,
    DuplicateOf,
    Line,
    StoryToRender,
    prepare,
    render,
)
from corpus_scraper.documents.paths import Span
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.graphs import any_graph, graph

ANY = BuildSettings(licence="any", min_words=0, perspective="convert")


def line(story: StoryGraph) -> Line:
    return Line(Path("stories.jsonl"), 1, json.dumps(graphs.to_dict(story)))


@settings(max_examples=60)
@given(any_graph(are_unlike=True), st.data())
def test_any_story_is_prepared_and_told(story: StoryGraph, data: st.DataObject) -> None:
    prepared = prepare(ANY, line(replace(story, language="en")))
    if prepared.work is None:
        assert prepared.log.excluded
        return
    assert len(prepared.fingerprints) == prepared.work.passages
    places = st.integers(0, prepared.work.passages - 1)
    known = {place: DuplicateOf("other", exact=True) for place in data.draw(st.sets(places))}
    rendered = render(ANY, StoryToRender("work", prepared.story, known))
    assert [left.duplicate_of for left in rendered.excluded] == ["other"] * len(known)

    records = [json.loads(record) for record in rendered.records]
    learned = [
        sum(len(span["text"]) for span in record["spans"] if span["train"]) for record in records
    ]
    assert learned == list(rendered.trained)
    points = list(rendered.cut_points)
    assert points == sorted(set(points))
    if learned:
        assert points[-1] == sum(learned)

    before = 0
    for record, length in zip(records, learned, strict=True):
        spans = [Span(span["text"], span["train"]) for span in record["spans"]]
        for keep in (point - before for point in points if before < point <= before + length):
            kept = cut(spans, keep)
            assert sum(len(span.text) for span in kept if span.train) == keep
        before += length


def test_choices_are_counted_by_what_they_are_and_labels_are_context() -> None:
    story = graph(
        {"desk": "The nurse waits.", "word": "She writes it down.", "end": "She nods."},
        ("desk", "word", "Blood"),
        ("word", "end", "Thank her"),
        ("end", "desk", "Continue"),
    )
    prepared = prepare(ANY, line(story))
    assert prepared.log.count(ACTION_LINES).counts == {
        "labels that are no action, kept as context": 1,
        "action lines": 1,
        "choices that only continue the story": 1,
    }
    (document,) = map(json.loads, render(ANY, StoryToRender("work", prepared.story, {})).records)
    assert [(span["text"].strip(), span["train"]) for span in document["spans"]] == [
        ("The nurse waits.", True),
        ("Blood.", False),
        ("She writes it down.\n\n> You thank her.\n\nShe nods.", True),
    ]
