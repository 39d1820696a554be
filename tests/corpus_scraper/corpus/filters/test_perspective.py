import pytest

from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters import perspective as persons
from corpus_scraper.corpus.filters.perspective import (
    TURNED,
    PerspectiveFilter,
    PerspectiveMeasure,
    share_of,
    told,
)
from corpus_scraper.corpus.settings import Person
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.graphs import graph

FIRST = graph({"a": "I took my lamp and went down. The stairs were wet, and I was afraid."})
SECOND = graph({"a": "You take your lamp and go down. The stairs are wet, and you are afraid."})
THIRD = graph({"a": "“I am afraid, you know,” said Tom. “My lamp!” He went down all the same."})


@pytest.mark.parametrize(
    ("story", "person"),
    [
        (FIRST, PerspectiveMeasure.FIRST),
        (SECOND, PerspectiveMeasure.SECOND),
        (THIRD, PerspectiveMeasure.THIRD),
    ],
)
def test_the_person_is_told_by_its_share_outside_quotations(
    story: StoryGraph, person: PerspectiveMeasure
) -> None:
    assert told(share_of(story)) is person


@pytest.mark.parametrize(
    ("asked", "kept"),
    [("told", [FIRST, SECOND, THIRD]), ("turned", [SECOND, THIRD]), ("second", [SECOND])],
)
def test_what_is_kept_as_it_is(asked: Person, kept: list[StoryGraph]) -> None:
    ledger = BlockLog()
    out = [PerspectiveFilter(asked)(story, ledger) for story in (FIRST, SECOND, THIRD)]
    assert [each for each in out if each in (FIRST, SECOND, THIRD)] == kept
    assert ledger.count("person").did[TURNED] == (asked != "told")
    assert len(ledger.left_out) == (asked == "second")


def test_what_the_hero_tells_is_told_to_him() -> None:
    turned = PerspectiveFilter("turned")(FIRST, BlockLog())
    assert turned is not None
    assert told(share_of(turned)) is PerspectiveMeasure.SECOND
    assert turned.passages[0].text.startswith("You took your lamp")


def test_a_long_story_is_measured_all_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons, "MEASURED", 1_000)
    text = "\n\n".join([*[THIRD.passages[0].text] * 40, *[FIRST.passages[0].text] * 40])
    share = share_of(graph({"a": text}))
    whole = share_of(FIRST).first * 14 / 19  # of 19 words outside quotations 14 are in FIRST
    assert share.first == pytest.approx(whole, rel=0.3)
