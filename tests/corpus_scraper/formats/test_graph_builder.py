from pathlib import Path

import pytest
from hypothesis import given

from corpus_scraper.formats.graph_builder import (
    MAX_NEW_CHOICES,
    Format,
    ParsedStory,
    build_graph,
    collapse_empty_passages,
    title_from_name,
    unique_names,
)
from corpus_scraper.formats.story_file import StoryFile, Unreadable
from corpus_scraper.graph import Choice, Passage, StoryGraph
from tests.corpus_scraper.graphs import any_graph
from tests.rows import every_row

FILE = StoryFile("games/TheLong_road.twee", "", "00")


def test_text_is_cleaned_once_and_in_paragraphs() -> None:
    passages = (Passage("a", "One  <b>bold</b>\n\n\n\n> two &amp; \x1b[2Jthree<br>four"),)
    graph = build_graph(FILE, ParsedStory("", "a", passages, ()))
    assert graph.title == "The Long road"
    assert graph.passages[0].text == "One bold\n\ntwo & [2Jthree\nfour"
    assert graph.passages[0].ending


def test_choices_are_cleaned_and_deduplicated() -> None:
    ways = (Choice("a", "b", " <i>Go</i>\n on "), Choice("a", "b", "Go on"), Choice("a", "c"))
    graph = build_graph(FILE, ParsedStory("T", "a", (Passage("a", "A"), Passage("b", "B")), ways))
    assert graph.choices == (Choice("a", "b", "Go on"), Choice("a", "c"))
    assert graph.notes == ("One choice leads to a passage that does not exist.",)


@every_row(
    ("passages", "why"),
    [((), "there is no passage in it"), ((Passage("a", " \n"),), "there is no text in it")],
)
def test_a_story_without_text_is_refused(passages: tuple[Passage, ...], why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        build_graph(FILE, ParsedStory("T", "a", passages, ()))


def test_names_are_made_unique() -> None:
    assert unique_names(["a", "b", "a", "a (2)", "a"]) == ["a", "b", "a (2)", "a (2) (2)", "a (3)"]
    assert title_from_name("x/the-intercept.ink") == "The intercept"


def test_a_format_marks_its_stories_with_its_name_and_version() -> None:
    graph = build_graph(FILE, ParsedStory("T", "a", (Passage("a", "A"),), ()))
    marked = Format("rooms", lambda path, head: True, lambda path, root: [graph], version=3)
    (story,) = marked.read(Path("a"), Path())
    assert (story.source.parser, story.source.parser_version) == ("rooms", 3)
    assert story.source.sha256 == FILE.sha256


# ── Empty passages ───────────────────────────────────────────────────────────────────────────────

A, B, C = Passage("a", "A."), Passage("b", "B."), Passage("c", "C.")
HUB = Passage("hub", "")


def test_an_empty_passage_is_removed_and_its_choices_are_joined() -> None:
    ways = [
        Choice("a", "hub", "", "asked"),
        Choice("hub", "b", "Left", "dark"),
        Choice("hub", "c", "Right"),
    ]
    passages, choices = collapse_empty_passages("a", [A, HUB, B, C], ways)
    assert passages == (A, B, C)
    assert choices == (
        Choice("a", "b", "Left", "asked and dark"),
        Choice("a", "c", "Right", "asked"),
    )


def test_an_empty_passage_between_two_choice_texts_stays() -> None:
    ways = [Choice("a", "hub", "Wait"), Choice("hub", "b", "Left")]
    assert collapse_empty_passages("a", [A, HUB, B], ways) == ((A, HUB, B), tuple(ways))


def test_starts_endings_cycles_and_passages_with_many_choices_stay() -> None:
    end = Passage("hub", "", ending=True)
    assert collapse_empty_passages("hub", [HUB, B], [Choice("hub", "b", "Go")])[0] == (HUB, B)
    assert collapse_empty_passages("a", [A, end], [Choice("a", "hub")])[0] == (A, end)
    ring = [Choice("a", "hub"), Choice("hub", "hub"), Choice("hub", "b")]
    assert collapse_empty_passages("a", [A, HUB, B], ring)[0] == (A, HUB, B)
    many = [Choice("a", "hub", "", str(n)) for n in range(MAX_NEW_CHOICES + 1)]
    assert HUB in collapse_empty_passages("a", [A, HUB, B], [*many, Choice("hub", "b")])[0]


@given(any_graph())
def test_no_reachable_text_is_lost(story: StoryGraph) -> None:
    passages, choices = collapse_empty_passages(story.start, story.passages, story.choices)
    with_text = {passage.id for passage in story.passages if passage.text.strip()}
    after = StoryGraph("", "", story.source, story.start, passages, choices)
    assert {passage.id for passage in passages} >= with_text | (
        {story.start} & set(story.passages_by_id())
    )
    assert after.reachable() & with_text == story.reachable() & with_text
