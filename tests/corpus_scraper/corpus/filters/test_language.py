from dataclasses import replace

import pytest

from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.language import LanguageFilter, detect
from tests.corpus_scraper.graphs import graph
from tests.rows import every_row

ENGLISH = "The door of the old mill was open, and there was a light in it that I did not know. " * 5
GERMAN = "Die Tür der alten Mühle stand offen, und ein Licht brannte darin, das keiner kannte. " * 5
LATIN = "Gallia est omnis divisa partes tres quarum unam incolunt Belgae aliam Aquitani. " * 5
COMMANDS = "open the door. go north. take the lamp and the rope. look at the old map. " * 5


@pytest.mark.parametrize(
    ("text", "language"),
    [(ENGLISH, "en"), (GERMAN, "de"), (LATIN, "la"), (COMMANDS, "en"), ("Die Tür.", "")],
)
def test_the_language_of_a_text_is_detected_unless_it_is_too_short(
    text: str, language: str
) -> None:
    assert detect(text) == language


@every_row(
    ("tag", "text", "why"),
    [
        ("en", ENGLISH, None),
        ("en-GB", ENGLISH, None),
        ("de", GERMAN, "it is marked as de"),
        ("", ENGLISH, "it is marked as no language"),
        ("en", GERMAN, "it is marked as en and does not read as such"),
    ],
)
def test_a_story_in_another_language_is_left_out(tag: str, text: str, why: str | None) -> None:
    log = BlockLog()
    story = replace(graph({"a": text}), language=tag)
    assert LanguageFilter("en")(story, log) == (None if why else story)
    assert [left.reason for left in log.excluded] == ([why] if why else [])


def test_another_language_can_be_asked_for() -> None:
    story = replace(graph({"a": GERMAN}), language="de-AT")
    assert LanguageFilter("de")(story, BlockLog()) == story


def test_a_wrong_tag_is_found_in_any_language() -> None:
    log = BlockLog()
    assert LanguageFilter("de")(replace(graph({"a": ENGLISH}), language="de"), log) is None
    assert [left.reason for left in log.excluded] == [
        "it is marked as de and does not read as such"
    ]
