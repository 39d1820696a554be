import pytest

from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters import perspective as persons
from corpus_scraper.corpus.filters.perspective import (
    CONVERTED,
    PerspectiveFilter,
    StoryPerspective,
    classify,
    story_pronoun_shares,
)
from corpus_scraper.corpus.settings import Perspective
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.graphs import graph
from tests.rows import every_row

FIRST = graph({"a": "I took my lamp and went down. The stairs were wet, and I was afraid."})
SECOND = graph({"a": "You take your lamp and go down. The stairs are wet, and you are afraid."})
THIRD = graph({"a": "“I am afraid, you know,” said Tom. “My lamp!” He went down all the same."})


@every_row(
    ("story", "person"),
    [
        (FIRST, StoryPerspective.FIRST),
        (SECOND, StoryPerspective.SECOND),
        (THIRD, StoryPerspective.THIRD),
    ],
)
def test_the_person_is_told_by_its_share_outside_quotations(
    story: StoryGraph, person: StoryPerspective
) -> None:
    assert classify(story_pronoun_shares(story)) is person


@every_row(
    ("asked", "kept"),
    [
        ("keep", [FIRST, SECOND, THIRD]),
        ("convert", [SECOND, THIRD]),
        ("second-only", [SECOND]),
    ],
)
def test_what_is_kept_as_it_is(asked: Perspective, kept: list[StoryGraph]) -> None:
    log = BlockLog()
    out = [PerspectiveFilter(asked)(story, log) for story in (FIRST, SECOND, THIRD)]
    assert [each for each in out if each in (FIRST, SECOND, THIRD)] == kept
    assert log.count("perspective").counts[CONVERTED] == (asked != "keep")
    assert len(log.excluded) == (asked == "second-only")


def test_what_the_hero_tells_is_told_to_him() -> None:
    turned = PerspectiveFilter("convert")(FIRST, BlockLog())
    assert turned is not None
    assert classify(story_pronoun_shares(turned)) is StoryPerspective.SECOND
    assert turned.passages[0].text.startswith("You took your lamp")


def test_a_long_story_is_measured_all_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "MAX_MEASURED", 1_000)
    text = "\n\n".join([*[THIRD.passages[0].text] * 40, *[FIRST.passages[0].text] * 40])
    share = story_pronoun_shares(graph({"a": text}))
    whole = (
        story_pronoun_shares(FIRST).first * 14 / 19
    )  # of 19 words outside quotations 14 are in FIRST
    assert share.first == pytest.approx(whole, rel=0.3)
