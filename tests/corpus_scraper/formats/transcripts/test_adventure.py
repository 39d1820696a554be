"""Adventures with a front matter: recognised, read, and rendered as the game builds its prompts."""

from pathlib import Path

from corpus_scraper import formats
from corpus_scraper.documents.documents import render_documents
from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.formats.transcripts.adventure import front_matter

TEXT = """---
title: The Bridge
setting: mountain road
memory: You are Ansa. Your left hand is lame.
note: Dry and funny.
---

You stand before a bridge. A toll man sleeps beside it.

> You wake the toll man.

The toll man wakes and holds out his hand.

> You pay with your left hand.

Your lame left hand drops the coin into the river.

> You jump after the coin.

Cold water closes over you. The coin is gone.

> You swim to the bank.

You reach the bank, wet to the bone.
"""


def adventure(tmp_path: Path, text: str = TEXT):
    path = tmp_path / "bridge.txt"
    path.write_text(text, encoding="utf-8")
    (graph,) = formats.read(path)
    return graph


def test_a_front_matter_becomes_title_memory_and_note(tmp_path: Path) -> None:
    graph = adventure(tmp_path)
    assert (graph.source.parser, graph.title) == ("adventure", "The Bridge")
    assert graph.memory == "You are Ansa. Your left hand is lame."
    assert graph.author_note == "Dry and funny."
    assert graph.passages[0].text.startswith("You stand before a bridge.")
    assert [choice.text for choice in graph.choices][1] == "You pay with your left hand."


def test_its_licence_and_language_are_kept(tmp_path: Path) -> None:
    graph = adventure(tmp_path, TEXT.replace("setting: m", "licence: CC0-1.0\nsetting: m"))
    assert (graph.licence, graph.notes) == ("CC0-1.0", ())
    text = TEXT.replace("setting: m", "license: MIT License\nlanguage: de\nsetting: m")
    assert (adventure(tmp_path, text).licence, adventure(tmp_path, text).language) == ("MIT", "de")


def test_a_key_that_nobody_knows_is_left_out_with_a_note(tmp_path: Path) -> None:
    graph = adventure(tmp_path, TEXT.replace("setting:", "weather:"))
    assert graph.notes == ("The front matter's 'weather' was left out.",)


def test_a_transcript_without_front_matter_is_a_transcript(tmp_path: Path) -> None:
    graph = adventure(tmp_path, TEXT.rpartition("---\n")[2])
    assert graph.source.parser == "transcript"
    assert not front_matter("-- no --\n")


def test_memory_and_note_stand_where_a_prompt_has_them_and_are_not_trained_on(
    tmp_path: Path,
) -> None:
    graph = normalise_graph(adventure(tmp_path))
    documents, _ = render_documents(graph, context=4_000)
    assert len(documents) == 4  # one for each action: a prompt has the note once
    for document in documents:
        text = "".join(span.text for span in document.spans)
        assert text.startswith(
            "You are Ansa. Your left hand is lame.\n\nYou stand before a bridge."
        )
        assert text.count("[Author's note: Dry and funny.]\n\n> You") == 1
        trained = "".join(span.text for span in document.spans if span.train)
        assert "Author's note" not in trained
        assert "You are Ansa." not in trained
    assert "> You swim to the bank." in trained
