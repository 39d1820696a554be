import pytest

from corpus_scraper.formats.dendry_text import plain_text
from tests.rows import every_row


@every_row(
    ("written", "shown"),
    [
        ("A *deep* and **very** deep ***well***.", "A deep and very deep well."),
        ('*"You *never* say *um.', '"You never say um.'),
        ("[? if x > 3 : Big [? if y : deep ?] end ?].", "Big deep end."),
        ("You have [+ (gold + 1) : coins +] coins.", "You have a fair sum coins."),
        ("It is [? if x = 1 : red?][? if x = 2 : blue?].", "It is red."),
        ("[? if x : Red[? if not x : not ?]?][? if not x : blue [? if y : so?]?].", "Red."),
        ("[An aside, is it?]", "An aside, is it?"),
        ("This ends what a condition above began. ?]", "This ends what a condition above began."),
        ("One // two // three //", "One\ntwo\nthree"),
        ("See https://example.org//a.", "See https://example.org//a."),
        (r"\*Stars\* stay", "*Stars* stay"),
        ("[the page](https://example.org) ![pic](a.png)", "the page"),
        ("2 < 3 and $5", "2 < 3 and $5"),
    ],
)
def test_a_paragraph_is_shown_without_marks(written: str, shown: str) -> None:
    assert plain_text(written) == shown


@pytest.mark.parametrize(
    "mark", ["[? if ", "[?", "[+ ", "[", "*", "?]", "\\", "![", "](http:", " //"]
)
def test_marks_that_are_never_closed_are_read_in_linear_time(mark: str) -> None:
    assert len(plain_text(mark * 50_000)) <= len(mark) * 50_000


def test_text_that_an_earlier_condition_excludes_is_reported() -> None:
    left_out: list[str] = []
    assert plain_text("[? if x = 1 : Red?][? if x = 2 : blue?].", left_out=left_out) == "Red."
    assert "".join(left_out).strip() == "blue"
