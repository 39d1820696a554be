"""The blocks in their order, and what they log."""

from dataclasses import replace

from corpus_scraper.corpus.filters import BlockLog, blocks, run_blocks
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.graphs import graph

PROSE = "You stand on the stairs of the tower and the wind is in your hair. " * 8


def story(licence: str = "MIT") -> StoryGraph:
    made = graph({"a": PROSE, "b": PROSE}, ("a", "b", "Go up the stairs."))
    return replace(made, licence=licence)


def test_a_story_goes_through_all_blocks_unchanged() -> None:
    log = BlockLog()
    assert run_blocks(story(), blocks(BuildSettings()), log) == story()
    assert list(log.counts) == [each.name for each in blocks(BuildSettings())]
    for count in log.counts.values():
        assert (count.works_in, count.works_out) == (1, 1)
        assert count.characters_in == count.characters_out == 2 * len(PROSE) + 17
    assert not log.excluded


def test_what_is_left_out_is_told_with_its_reason_and_goes_no_further() -> None:
    log = BlockLog()
    through = blocks(BuildSettings())
    assert run_blocks(story(licence="unknown"), through, log) is None
    assert [left.document() for left in log.excluded] == [
        {
            "block": "licence",
            "work": "tale.json",
            "passage": None,
            "duplicate_of": None,
            "reason": "its licence is unknown",
            "characters": 2 * len(PROSE) + 17,
        }
    ]
    assert list(log.counts) == ["licence"]
    assert log.counts["licence"].works_out == 0


def test_counts_of_two_processes_add_up() -> None:
    one, other = BlockLog(), BlockLog()
    run_blocks(story(), blocks(BuildSettings()), one)
    run_blocks(story(licence="unknown"), blocks(BuildSettings()), other)
    one.count("licence").add(other.count("licence"))
    count = one.count("licence")
    assert (count.works_in, count.works_out) == (2, 1)
    assert count.counts == {"its licence is unknown": 1}
