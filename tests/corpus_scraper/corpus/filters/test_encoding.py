import ftfy
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.encoding import EncodingRepair, repair
from tests.corpus_scraper.graphs import graph
from tests.rows import every_row


@every_row(
    ("broken", "whole"),
    [
        ("Iâ€™m here.", "I’m here."),
        ("â€œGo!â€\x9d she said.", "“Go!” she said."),
        ("a cafÃ© in MÃ¼nchen", "a café in München"),
        ("Ã  la carte", "à la carte"),
        ("Tom &amp; Jerry &mdash; friends", "Tom & Jerry — friends"),
        ("the ﬁrst oﬃce", "the first office"),
        ("cafe\u0301", "café"),
        ("“Curly” ‘marks’—stay…", "“Curly” ‘marks’—stay…"),
        ("naïve café", "naïve café"),
        ("AT&T; R&D", "AT&T; R&D"),
        ("\x1b[2Jcleared\u202e", "[2Jcleared"),
    ],
)
def test_what_was_read_in_the_wrong_encoding_is_mended(broken: str, whole: str) -> None:
    assert repair(broken) == whole


@given(st.text("It’s “done”—naïve café, Ærø; žluťoučký. £5 °C ½", max_size=40))
def test_any_utf8_read_as_windows_1252_is_given_to_the_mender(text: str) -> None:
    """The quick look must let nothing pass that ftfy would mend."""
    try:
        mistaken = text.encode().decode("windows-1252")
    except UnicodeDecodeError:
        return
    if mistaken != text:
        config = ftfy.TextFixerConfig(uncurl_quotes=False, fix_character_width=False, explain=False)
        assert repair(mistaken) == ftfy.fix_text(mistaken, config=config)


def test_every_text_of_a_story_is_repaired_and_counted() -> None:
    log = BlockLog()
    story = graph({"a": "Iâ€™m here.", "b": "Plain."}, ("a", "b", "Donâ€™t go."))
    assert EncodingRepair()(story, log) == graph(
        {"a": "I’m here.", "b": "Plain."}, ("a", "b", "Don’t go.")
    )
    assert log.count("repair").counts == {"texts repaired": 2}
