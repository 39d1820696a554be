"""Text files of older trainers are one story per document."""

from pathlib import Path

import pytest

from corpus_scraper import formats
from corpus_scraper.formats.story_file import Unreadable

RAFT = "A raft.\n\n> Look at the goat.\n\nThe goat looks back.\n"


def test_each_document_is_a_story(tmp_path: Path) -> None:
    path = tmp_path / "rafts.txt"
    path.write_text(f"<|startoftext|>\n{RAFT}<|endoftext|>\n" * 3, "utf-8")
    stories = list(formats.read(path))
    assert [story.id for story in stories] == ["rafts.txt#1", "rafts.txt#2", "rafts.txt#3"]
    for story in stories:
        assert [passage.text for passage in story.passages] == ["A raft.", "The goat looks back."]
        assert [choice.text for choice in story.choices] == ["Look at the goat."]


def test_a_system_prompt_is_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(
        "<|im_start|>system\nTell a story.<|im_end|>\n<|im_start|>assistant\nA raft.<|im_end|>\n",
        "utf-8",
    )
    (story,) = formats.read(path)
    assert story.memory == "Tell a story."


def test_a_first_story_may_be_long(tmp_path: Path) -> None:
    path = tmp_path / "rafts.txt"
    path.write_text(f"{'The raft drifts on. ' * 5_000}<|endoftext|>{RAFT}", "utf-8")
    assert [story.id for story in formats.read(path)] == ["rafts.txt#1", "rafts.txt#2"]


def test_markers_without_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.txt"
    path.write_text("<|startoftext|>\n<|endoftext|>\n", "utf-8")
    with pytest.raises(Unreadable, match="no text between its markers"):
        list(formats.read(path))
