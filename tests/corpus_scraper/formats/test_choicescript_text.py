from collections.abc import Sequence

import pytest

from corpus_scraper.formats.choicescript_text import option_start, plain_text
from tests.rows import every_row

VALUES = {"name": "ann", "gold": "5"}


@every_row(
    ("written", "shown"),
    [
        ("Hello, ${name}. ${name} runs.", "Hello, ann. Ann runs."),
        ("So $!{name} and $!!{name}.", "So Ann and ANN."),
        ("You have ${coins[${gold}]} left.", "You have a fair sum left."),
        ("A @{((gold > 3) and (not(tired))) big|small} dog.", "A big dog."),
        ("A @{gold @{tired old|young}|small} dog.", "A old dog."),
        ('A @{(name = "a) b") big|small} dog.', "A big dog."),
        ("@!{tired he|she} and @!!{tired he|she}", "He and HE"),
        ("@{tired |rested} you go", "rested you go"),
        ("[b]Bold[/b] [i]odd[/i] [url=a.html]page[/url] [color=red]red[/color]",
         "Bold odd page red"),
        ("One[n/]two", "One\ntwo"),
        ("{so} it [sic] is } <b> *x* ${", "{so} it [sic] is } <b> *x* ${"),
    ],
)  # fmt: skip
def test_a_line_is_shown_without_marks(written: str, shown: str) -> None:
    assert plain_text(written, VALUES) == shown


def test_a_caller_may_choose_among_the_texts() -> None:
    asked = []

    def last(condition: str, texts: Sequence[str]) -> str:
        asked.append(condition)
        return texts[-1]

    assert plain_text("A @{((a > 3) or b) big|small} @!{c dog|cat}.", {}, last) == "A small Cat."
    assert asked == ["((a > 3) or b)", "c"]


@every_row(
    ("written", "option"),
    [
        ('((name#1) = "A") #Say "#1"', '#Say "#1"'),
        ('name = "#" #Go', "#Go"),
        ("(gold > 3)", ""),
        ("gold#Go", "#Go"),
    ],
)
def test_an_option_starts_at_the_number_sign_outside_of_the_condition(
    written: str, option: str
) -> None:
    assert written[option_start(written) :] == option


@pytest.mark.parametrize("mark", ["${", "@{a ", "{", "}", "@{(", "[b", '"', "#(", "@{a b}"])
def test_marks_without_end_are_read_in_linear_time(mark: str) -> None:
    assert len(plain_text(mark * 50_000, {})) <= len(mark) * 50_000
    nested = plain_text(mark * 20_000 + "}" * 20_000, {})
    assert len(nested) <= (len(mark) + 1) * 20_000
    assert option_start(mark * 50_000) <= len(mark) * 50_000
