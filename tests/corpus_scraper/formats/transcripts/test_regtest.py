from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.formats.transcripts import regtest
from corpus_scraper.formats.transcripts.regtest import simplest_match
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED, play, stories, written
from tests.patience import not_endless
from tests.rows import every_row

TESTS = """
# A comment
** game: house.z5
** interpreter: dumb

* kitchen
# another
A kitchen.
>take sack
/We (take|get) the( heavy)? sack.
!You can't.
{status} Kitchen
>{include} hall
>wait
/Time passes.*
Still here.

* hall
A hall.
> look
A hall, again.

* empty
"""


def test_every_test_is_a_story_and_checks_are_no_text(tmp_path: Path) -> None:
    kitchen, hall = stories(regtest.FORMAT, written(tmp_path, {"house-regtest": TESTS}))
    assert (kitchen.title, hall.title) == ("House regtest: kitchen", "House regtest: hall")
    assert play(kitchen, "take sack", "wait") == "A kitchen.\n\nWe take the sack.\n\nStill here."
    assert play(hall, "look") == "A hall.\n\nA hall, again."
    assert kitchen.notes == ("Left out: 4 lines of checks or includes.",)
    assert hall.id == "house-regtest#hall"


def test_a_file_without_any_text_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"regtest.txt": "** game: x\n* a\n>look\n* b\n>wait\n"})
    with pytest.raises(Unreadable, match="no test in it expects any text"):
        stories(regtest.FORMAT, path)


def test_lists_and_mail_are_no_tests() -> None:
    for text in ("* one\n* two\n> quoted\n", "** game: x\nProse.\n", ""):
        assert not regtest.FORMAT.recognises(Path("a.txt"), text.encode())


@every_row(
    ("pattern", "text"),
    [
        ("We (take|get|pick up) the arm.", "We take the arm."),
        ("(We |We have a (brief|short) |It's a( quick)? )(walk|hike).", "We walk."),
        ("There is a [a-z \\-]+, and it turns.", "There is something, and it turns."),
        ("(?:Yes|No), (the )?door is shut.", "Yes, door is shut."),
        (r"\(first taking it\)\s+Done\.$", "(first taking it) Done."),
        ("^Fine.", "Fine."),
        ("Ab?c+", "Ac"),
        ("It is .+ now.", "It is something now."),
    ],
)
def test_the_plainest_line_of_a_pattern(pattern: str, text: str) -> None:
    assert simplest_match(pattern) == text


@every_row(
    "pattern",
    ["", ".*", "(", "a)", "[a", "Release.*", "Total time: .*", "(" * 50 + ")" * 50, "a" * 5_000],
)
def test_a_pattern_without_a_whole_line_is_left_out(pattern: str) -> None:
    assert simplest_match(pattern) is None


def test_no_pattern_takes_long() -> None:
    with not_endless():
        simplest_match("(a+)+" * 700 + "$")
        simplest_match("(" * 4_000)


@given(st.text("ab |()[]?*+\\.^$", max_size=40))
def test_any_pattern_gives_a_line_or_none(pattern: str) -> None:
    assert (simplest_match(pattern) or "a").strip()


@given(st.lists(st.sampled_from("* a|* b|>go|>{include} b|/x(y|/x|!no|Text.|# c|** d|".split("|"))))
def test_any_text_is_read_or_refused(tmp_path_factory, lines: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any-regtest"
    path.write_text("\n".join(lines), "utf-8")
    try:
        found = list(regtest.FORMAT.read(path, path.parent))
    except Unreadable:
        return
    assert all(story.start in story.passages_by_id() for story in found)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_a_real_game_has_no_patterns_and_no_code_in_its_text() -> None:
    folder = CORPUS / "counterfeit-monkey" / "tools" / "regtest"
    found = stories(regtest.FORMAT, folder / "CM-regtest")
    texts = [passage.text for story in found for passage in story.passages]
    assert sum(map(len, texts)) > 200_000
    for text in texts:
        assert not [line for line in text.split("\n") if line.startswith(("/", "[", ">"))]
        assert not any(mark in text for mark in (".*", "(?:", "[a-z", "|"))
