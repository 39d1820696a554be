"""The blocks in their order, and what the ledger says of them."""

from dataclasses import replace

from corpus_scraper.corpus.filters import BlockLog, blocks, filtered
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.graphs import graph

PROSE = "You stand on the stairs of the tower and the wind is in your hair. " * 8


def story(licence: str = "MIT") -> StoryGraph:
    made = graph({"a": PROSE, "b": PROSE}, ("a", "b", "Go up the stairs."))
    return replace(made, licence=licence)


def test_a_story_goes_through_all_blocks_unchanged() -> None:
    ledger = BlockLog()
    assert filtered(story(), blocks(BuildSettings()), ledger) == story()
    assert list(ledger.counts) == [each.name for each in blocks(BuildSettings())]
    for count in ledger.counts.values():
        assert (count.works_in, count.works_out) == (1, 1)
        assert count.characters_in == count.characters_out == 2 * len(PROSE) + 17
    assert not ledger.left_out


def test_what_is_left_out_is_told_with_its_reason_and_goes_no_further() -> None:
    ledger = BlockLog()
    through = blocks(BuildSettings())
    assert filtered(story(licence="unknown"), through, ledger) is None
    assert [left.document() for left in ledger.left_out] == [
        {
            "block": "licence",
            "work": "tale.json",
            "passage": None,
            "told_in": None,
            "reason": "its licence is unknown",
            "characters": 2 * len(PROSE) + 17,
        }
    ]
    assert list(ledger.counts) == ["licence"]
    assert ledger.counts["licence"].works_out == 0


def test_counts_of_two_processes_add_up() -> None:
    one, other = BlockLog(), BlockLog()
    filtered(story(), blocks(BuildSettings()), one)
    filtered(story(licence="unknown"), blocks(BuildSettings()), other)
    one.count("licence").add(other.count("licence"))
    count = one.count("licence")
    assert (count.works_in, count.works_out) == (2, 1)
    assert count.did == {"its licence is unknown": 1}
