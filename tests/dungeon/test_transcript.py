"""Tests of the text format that the corpus, the prompt and the exports share."""

from hypothesis import given
from hypothesis import strategies as st

from dungeon.transcript import ACTION_MARK, ActionLine, Prose, as_prompt, normalise, read, write
from tests.rows import every_row

STORY = """\
The door is open. Nobody is there.

> You draw your sword.

Something on the stairs draws one too.

It is longer."""


def test_a_transcript_reads_as_the_format_says() -> None:
    assert read(STORY) == [
        Prose("The door is open. Nobody is there."),
        ActionLine("You draw your sword."),
        Prose("Something on the stairs draws one too.\n\nIt is longer."),
    ]
    assert write(read(STORY)) == STORY


@every_row(
    ("text", "blocks"),
    [
        ("West of House\n>open mailbox\nOpening it.", ["West of House", "open mailbox"]),
        (">look", ["look"]),
        ("  >  > look", ["look"]),
        (">\nDark.", ["Dark."]),
        ("", []),
    ],
)
def test_old_transcripts_are_read(text: str, blocks: list[str]) -> None:
    assert [block.text for block in read(text)][: len(blocks)] == blocks


def test_prose_cannot_pose_as_an_action() -> None:
    written = write([Prose("He writes:\n> run\n  >> hide"), ActionLine("You > run\n> away")])
    lines = [line for line in written.splitlines() if line.startswith(">")]
    assert lines == ["> You > run away"]


def test_a_prompt_ends_with_its_last_word() -> None:
    assert as_prompt(STORY + "\n\n") == STORY
    assert as_prompt(" \n") == ""


prose = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=80)
blocks = st.lists(st.builds(Prose, prose) | st.builds(ActionLine, prose), max_size=8)


@given(blocks)
def test_what_is_written_is_read_back(given_blocks: list[Prose | ActionLine]) -> None:
    text = write(given_blocks)
    again = read(text)
    assert write(again) == text
    deeds = [b for b in given_blocks if isinstance(b, ActionLine) and normalise(b.text)]
    assert len([b for b in again if isinstance(b, ActionLine)]) == len(deeds)


@given(prose)
def test_normal_prose_is_normal(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert not any(line.startswith(ACTION_MARK.strip()) for line in once.split("\n"))
