"""Passages of any format are split at the markers of older trainers."""

import json
from dataclasses import replace
from pathlib import Path

from corpus_scraper import formats
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.corpus.stages import Line, prepare
from corpus_scraper.formats.marked_passages import split_passages
from corpus_scraper.graph import Choice, ChoiceKind, Passage, to_dict
from tests.corpus_scraper.graphs import graph as any_graph

TWEE = """:: Start
The gate is shut.<|endoftext|>A raft drifts.
<|start_header_id|>user<|end_header_id|>Look at the goat.<|eot_id|>It looks back.
[[Swim<|im_end|>->Shore]]

:: Shore
Sand.
"""


def test_what_follows_a_border_is_a_start_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "gate.twee"
    path.write_text(TWEE, "utf-8")
    (graph,) = formats.read(path)
    assert [(each.id, each.text) for each in graph.passages] == [
        ("Start", "The gate is shut."),
        ("Start (2)", "A raft drifts."),
        ("Start (3)", "It looks back."),
        ("Shore", "Sand."),
    ]
    assert graph.starts == ("Start", "Start (2)")
    assert graph.choices == (
        Choice("Start (2)", "Start (3)", "Look at the goat.", kind=ChoiceKind.ACTION),
        Choice("Start (3)", "Shore", "Swim"),
    )
    assert graph.notes == ("1 text behind markers of a trainer, each a start of its own.",)


def test_a_corpus_build_splits_stories_of_other_importers() -> None:
    texts = {"1": "A gate.<|endoftext|>A raft.", "2": "<|endoftext|>"}
    graph = any_graph(texts, ("1", "2", "Go."))
    line = json.dumps(to_dict(replace(graph, licence="CC0-1.0")))
    prepared = prepare(BuildSettings(min_words=0), Line(Path("stories.jsonl"), 1, line))
    assert b"endoftext" not in prepared.story
    passages = json.loads(prepared.story)["passages"]
    assert [each["text"] for each in passages][:2] == ["A gate.", "A raft."]


def test_ids_of_parts_are_new() -> None:
    passages = [Passage("a", "One.<|endoftext|>Two."), Passage("a (2)", "Three.")]
    split = split_passages(passages, [Choice("a", "a (2)")])
    assert [each.id for each in split.passages] == ["a", "a (3)", "a (2)"]
    assert split.choices == (Choice("a (3)", "a (2)"),)
