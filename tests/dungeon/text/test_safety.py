"""The content rule: what it stops, what it leaves alone, and how often it is wrong.

No example is longer than the words that make it one: they are put together from the two groups.
"""

import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.text.safety import REFUSAL, violates, violation
from tests.rows import every_row

SHARED = Path(__file__).parents[4] / "shared" / "corpus"

SEXUAL = ["orgasm", "have sex", "sexually", "genitals", "masturbates", "oral sex", "porn"]
MINOR = [
    "the child", "a minor", "two kids", "a 12-year-old", "a 12 year old girl", "an underage girl",
    "She is only 15", "aged twelve", "a girl of 13 years of age", "the toddler",
    "a fifteen-year-old",
    "a preteen", "a schoolgirl", "her little sister", "the 9yo", "an eighth grader", "a boy, 14",
]  # fmt: skip
GROWN = [
    "a 25-year-old",
    "the woman",
    "She is 30",
    "aged forty",
    "an eighteen-year-old",
    "his wife",
]
THINGS = [
    "a 12-year-old whisky", "a 10-year-old single malt", "the castle is nine years old",
    "a seven-year-old war", "the bottle is aged 12 years", "a minor wound", "a childlike smile",
    "kidding", "like a child", "seventeen guards", "twenty-one years old", "She is one of us",
    "He is 6 feet tall", "a 3-year-old mare",
]  # fmt: skip
INNOCENT_BODY = [
    "the cock crows", "an assassin", "of the fair sex", "the ship rapidly turns", "a naked sword",
    "\"Never!\" he ejaculated", "this fucking door", "Essex", "the cat is a pussycat",
]  # fmt: skip


@every_row("minor", MINOR)
@every_row("sexual", SEXUAL)
def test_a_sexual_word_near_a_minor_is_stopped(sexual: str, minor: str) -> None:
    assert violates(f"{minor}, {sexual}.")
    assert violates(f"{sexual}. They wait. {minor}.")
    assert violates(f"{minor}.\n\n{sexual}.")


@every_row("word", SEXUAL + MINOR + GROWN + THINGS)
def test_one_group_alone_is_left_alone(word: str) -> None:
    assert not violates(f"{word}. {word}.")


@every_row("sexual", SEXUAL)
@every_row("other", GROWN + THINGS)
def test_grown_people_and_things_have_ages_too(sexual: str, other: str) -> None:
    assert not violates(f"{other}, {sexual}.")


@every_row("body", INNOCENT_BODY)
@every_row("minor", MINOR)
def test_an_innocent_word_near_a_minor_is_left_alone(body: str, minor: str) -> None:
    assert not violates(f"{minor}, {body}.")


@every_row("mark", [".", "!", "?!", "…", '."', ")", "|", ""])
def test_punctuation_hides_nothing(mark: str) -> None:
    assert violates(f"The child{mark}") is False
    assert violates(f"The child{mark} Orgasm{mark}")


def test_the_words_must_stand_within_three_sentences() -> None:
    assert violates("The child sleeps. One. Orgasm.")
    assert not violates("The child sleeps. One. Two. Three. Orgasm.")


@every_row(
    "disguised",
    ["ORGASM", "ｏｒｇａｓｍ", "оrgаsm", "or\u200bgasm", "or\u00adgasm", "0rg4sm", "o r g a s m",
     "o.r.g.a.s.m",      "o\u200drgasm", "órgàsm", "𝐨𝐫𝐠𝐚𝐬𝐦"],
)  # fmt: skip
@every_row("minor", ["the child", "the сhild", "the ch1ld", "the c h i l d", "a 12-year-old"])
def test_a_disguised_word_is_read(disguised: str, minor: str) -> None:
    assert violates(f"{minor}, {disguised}.")


def test_a_violation_names_both_words_for_the_list_of_what_was_left_out() -> None:
    found = violation("The child sleeps. Orgasm.")
    assert found is not None
    assert (found.sexual, found.minor) == ("orgasm", "child")


def test_the_refusal_is_neutral() -> None:
    assert not violates(REFUSAL)


@given(st.text())
def test_any_text_can_be_judged(text: str) -> None:
    assert violates(text + "\n\na child, orgasm")


@every_row(
    "piece",
    ["a ", "a.", "12 ", "12-", "like ", "0", "@", "the child ", "aged ", "she is only ", "1 year ",
     "\u0301", "orgasm ", "fuck the ", "-", "a b", "12-year-old a ", "\u200b"],
)  # fmt: skip
def test_a_long_text_of_one_piece_is_no_trap(piece: str) -> None:
    """A pattern that goes back and forth would take minutes here."""
    assert not violates(piece * (16_000 // len(piece)))


@pytest.fixture(scope="module")
def innocent_lines() -> list[str]:
    """Paragraphs of published novels and lines of a published game."""
    if not SHARED.is_dir():
        pytest.skip("the story sources are not beside the repository (../shared/corpus)")
    lines = [line for line in _shared_lines() if len(line) > 20]
    return lines[:: max(1, len(lines) // 15_000)]


def _shared_lines() -> Iterator[str]:
    for page in sorted(SHARED.glob("novels/*/text/*.xhtml")):
        for paragraph in re.findall(r"<p\b[^>]*>(.*?)</p>", page.read_text("utf-8"), re.DOTALL):
            yield html.unescape(re.sub(r"<[^>]+>", "", paragraph)).strip()
    for data in sorted(SHARED.glob("endless-sky/data/**/*.txt")):
        yield from map(str.strip, data.read_text("utf-8").splitlines())


def test_at_most_one_innocent_line_in_a_thousand_is_stopped(
    innocent_lines: list[str], record_property: Callable[[str, object], None]
) -> None:
    stopped = [line for line in innocent_lines if violates(line)]
    rate = len(stopped) / len(innocent_lines)
    record_property("false_block_rate", f"{len(stopped)} of {len(innocent_lines)} = {rate:.4%}")
    assert len(innocent_lines) >= 10_000
    assert rate <= 0.001, stopped[:5]
