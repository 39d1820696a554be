"""Provides proof of what a build leaves out of novels and writes twice of games, when asked to."""

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpus_scraper.corpus.folder import read_lines
from corpus_scraper.graph import StoryGraph
from dungeon.errors import InputRefused
from tests.corpus_scraper.built import corpus, records, taught
from tests.corpus_scraper.graphs import graph
from tests.corpus_scraper.stories import prose, stories


def free(*of: Any, **named: Any) -> StoryGraph:
    return replace(graph(*of, **named), licence="MIT")


def test_only_text_near_an_action_line_is_trained_on(tmp_path: Path) -> None:
    chapter = prose(random.Random(0), 50)
    far = free({"a": chapter, "b": "The door opens."}, ("a", "b", "knock"), name="far")
    made = corpus(tmp_path, [far, *stories(20)], action_window=300, holdout_fraction=0)
    (told,) = [taught(record) for record in records(made) if record["work"] == "far"]
    assert told.endswith("> You knock.\n\nThe door opens.")
    assert len(told) < 400
    manifest = json.loads((made / "manifest.json").read_text())
    block = manifest["blocks"]["action window"]
    gone = block["characters_in"] - block["characters_out"]
    assert (block["works_in"], block["works_out"]) == (21, 21)
    assert gone > len(chapter) - 400
    away = [
        each for each in read_lines(made / "excluded.jsonl") if each["block"] == "action window"
    ]
    assert sum(each["characters"] for each in away) == gone


def test_without_any_action_line_nothing_is_built(tmp_path: Path) -> None:
    novels = [free({"a": prose(random.Random(at), 20)}, name=f"novel-{at}") for at in range(3)]
    with pytest.raises(InputRefused, match="Leave --action-window out"):
        corpus(tmp_path, novels, action_window=100, holdout_fraction=0)
    assert not (tmp_path / "corpus").exists()


def test_a_story_that_only_goes_on_does_not_branch(tmp_path: Path) -> None:
    line = free({"a": prose(random.Random(0), 9), "b": "End."}, ("a", "b", "Continue"), name="line")
    made = corpus(tmp_path, [line, *stories(3)], branching_weight=2, holdout_fraction=0)
    works = {each["id"]: each["branching"] for each in read_lines(made / "works.jsonl")}
    assert (works.pop("line"), set(works.values())) == (False, {True})


def test_stories_that_branch_are_written_as_often_as_their_share_allows(tmp_path: Path) -> None:
    chance = random.Random(0)
    novels = [free({"a": prose(chance, 20)}, name=f"novel-{at}") for at in range(60)]
    games = [
        free({"a": prose(chance, size), "b": "The end."}, ("a", "b", "open the gate"), name=name)
        for name, size in [*((f"game-{at}", 10) for at in range(20)), ("long", 60)]
    ]
    made = corpus(tmp_path, [*novels, *games], branching_weight=3, holdout_fraction=0)
    written = [record["work"] for record in records(made)]
    assert [written.count(name) for name in ("novel-1", "game-1", "long")] == [1, 3, 1]
    works = {line["id"]: line for line in read_lines(made / "works.jsonl")}
    assert [works[name]["branching"] for name in ("novel-1", "game-1")] == [False, True]
    learned = {name: work["trained_characters"] for name, work in works.items()}
    assert learned["long"] > 4500
    assert max(learned.values()) <= 0.05 * sum(learned.values())


def test_a_document_of_one_unanswered_action_is_left_out(tmp_path: Path) -> None:
    chance = random.Random(0)
    passages = {"a": prose(chance, 9), "b": prose(chance, 9), "c": prose(chance, 9)}
    loop = free(passages, ("a", "b", "look"), ("b", "c", "go on"), ("c", "a", "turn"), name="loop")
    made = corpus(tmp_path, [loop, *stories(3)], holdout_fraction=0)
    texts = [taught(record) for record in records(made) if record["work"] == "loop"]
    assert all(text in "\n\n".join(texts) for text in passages.values())
    two = free(passages, ("a", "b", "look"), ("a", "b", "listen"), name="two")
    (tmp_path / "two").mkdir()
    made = corpus(tmp_path / "two", [two, *stories(3)], holdout_fraction=0)
    (told,) = [taught(record) for record in records(made) if record["work"] == "two"]
    assert ("> You look." in told) != ("> You listen." in told)
    manifest = json.loads((made / "manifest.json").read_text())
    block = manifest["blocks"]["unanswered actions"]
    assert block["characters_in"] - block["characters_out"] in {
        len("\n\n> You look."),
        len("\n\n> You listen."),
    }
    (left,) = [
        each
        for each in read_lines(made / "excluded.jsonl")
        if each["block"] == "unanswered actions"
    ]
    assert (left["work"], left["reason"]) == ("two", "no reply follows in this document")
