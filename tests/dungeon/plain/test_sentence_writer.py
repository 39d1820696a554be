"""Test how a reply comes onto a page that cannot take anything back."""

import io

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dungeon.plain.sentence_writer import SentenceWriter
from dungeon.plain.text_writer import TextWriter
from dungeon.prose import ReplyBuilder

STORY = 'The bell rings.\n\nA heading\n"Who is there?" asks the dark. Nobody an'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(text: str, pieces: list[str], *, terminal: bool) -> tuple[str, str]:
    """Return what stands on the page before the reply is saved, and after."""
    out = Terminal() if terminal else io.StringIO()
    writer = SentenceWriter(TextWriter(out))
    for piece in pieces:
        writer.feed(piece)
    before = out.getvalue()
    assert writer.finish(text)
    return before, out.getvalue()


def test_a_terminal_gets_whole_sentences_as_they_come() -> None:
    before, after = told('The bell rings.\n\nA heading\n"Who is there?" asks the dark.', [STORY],
                         terminal=True)  # fmt: skip
    assert before == 'The bell rings.\n\nA heading\n"Who is there?" asks the dark.'
    assert after == before + "\n\n"


def test_a_pipe_gets_nothing_before_it_is_saved() -> None:
    before, after = told("The bell rings.", ["The bell rings. And"], terminal=False)
    assert (before, after) == ("", "The bell rings.\n\n")


def test_a_different_reply_is_not_appended_to_what_is_written() -> None:
    out = Terminal()
    writer = SentenceWriter(TextWriter(out))
    writer.feed("The bell rings. It stops.")
    assert not writer.finish("A fox.")
    assert out.getvalue() == "The bell rings."


@given(st.lists(st.text('ab .!?"\n', max_size=12), max_size=12), st.booleans())
def test_the_written_text_is_the_saved_reply(pieces: list[str], terminal: bool) -> None:
    reply = ReplyBuilder()
    shown = [reply.feed(piece) for piece in pieces]
    text = reply.finish().text
    assume(text)  # a reply without a word makes no turn
    _, after = told(text, shown, terminal=terminal)
    assert after.split() == text.split()


@pytest.mark.parametrize("width", [20, 40, 79])
def test_words_are_never_broken_over_lines(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = Terminal()
    TextWriter(out).paragraph("Somewhere below you, a door closes with the greatest of care. " * 5)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) < width
    assert " ".join(lines).split() == ("Somewhere below you, a door closes with the greatest of "
                                       "care. " * 5).split()  # fmt: skip


def test_only_actions_begin_with_the_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    out = Terminal()
    page = TextWriter(out)
    page.action_line("You look around.")
    page.paragraph("It says north north > south south > east, and > west.")
    assert [line for line in out.getvalue().splitlines() if line.startswith(">")] == [
        "> You look around."
    ]
