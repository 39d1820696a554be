from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.formats.graph_builder import announces_ending
from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.formats.transcripts import transcript
from corpus_scraper.formats.transcripts.wrapping import unwrap_lines
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.formats.playing import menu, only, play, written
from tests.rows import every_row


@pytest.fixture
def log(tmp_path: Path):
    def read(text: str) -> StoryGraph:
        return only(transcript.FORMAT, written(tmp_path, {"My game.txt": text}))

    return read


def test_commands_lead_from_passage_to_passage(log) -> None:
    story = log("""
        West of House
        You are standing in an open field.

        >open mailbox
        Opening the small mailbox reveals a leaflet.
        > take leaflet
        Taken.

        >n
        North of House

        You are facing the north side.
    """)
    assert story.title == "My game"
    assert play(story, "open mailbox", "take leaflet", "n").startswith("West of House\nYou are")
    assert [way.text for way in normalise_graph(story).choices] == [
        "You open mailbox.",
        "You take leaflet.",
        "You go north.",
    ]
    assert not any(passage.ending for passage in story.passages)


def test_undo_and_restart_make_branches(log) -> None:
    story = log("""
        A ledge.
        > jump
        You fall.
        *** You have died ***
        > undo
        Previous turn undone.
        > wait
        The wind drops.
        > restart
        Are you sure?
        > dance
        You dance.
    """)
    assert menu(story) == ["jump", "wait", "dance"]
    assert "undone" not in play(story, "wait")
    assert [passage.text[:9] for passage in story.passages if passage.ending] == ["You fall."]


def test_what_speaks_of_the_program_is_left_out(log) -> None:
    story = log("""
        ZORK I
        Copyright (c) 1981 Infocom, Inc.
        ZORK is a registered trademark of Infocom, Inc.
        Release 88 / Serial number 840726
        A field.
        > look
        Grass.
        [Your score has gone up by one point.]
        > score
        You have 10 points.
        > save
        Ok.
        > random-seed 12
        Seeded.
        > wait
        Time passes. >>
    """)
    assert menu(story) == ["look"]
    assert play(story, "look", "wait") == "A field.\n\nGrass.\n\nTime passes."
    assert story.title == "ZORK I"
    assert "Left out: 3 commands to the program." in story.notes


def test_what_the_game_asks_back_and_its_answer_are_one_command(log) -> None:
    story = log("""
        A cellar.
        > take lamp
        Which do you mean, the brass lamp or the oil lamp?
        > brass
        Taken.
        > open
        What do you want to open?
        > put all lamps in the sack
        Done.
        > take
        What do you want to take?
        > axe
        Taken.
        > g
        You have it.
        > read book
        Which do you mean, the red book or the blue book?
        > look
        A cellar.
        > undo
        Undone.
        > kill troll
        Do you really want to?
        > n
        Wise.
        > n
        A hall. Is it safe?
        > y
        You hope so.
    """)
    assert play(story, "take lamp").endswith("Taken.")
    commands = [way.text for way in story.choices]
    assert commands == [
        "take lamp",
        "open",
        "put all lamps in the sack",
        "take axe",
        "take axe",
        "read book",
        "look",
        "kill troll",
        "no",
        "n",
        "yes",
    ]


@every_row(
    ("name", "text", "is_one"),
    [
        ("a.txt", "Hall.\n> go\nOn.\n> wait\nYes.\n> look\nHall.\n", True),
        ("a", "Hall.\n>go\nOn.\n>wait\nYes.\n>look\nHall.\n", True),
        ("a.md", "Hall.\n> go\nOn.\n> wait\nYes.\n> look\nHall.\n", False),
        (
            "a.txt",
            "> a quotation\n> of several lines\n> in a row\n> of mail\nAnd an answer.\n",
            False,
        ),
        ("a.txt", "Only prose.\n\nAnd a > sign.\n", False),
        ("a.txt", "Hall.\n> go\nOn.\n> wait\nYes.\n", True),
        ("a.txt", "Hall.\n> go\nYes.\n", False),
        ("a.txt", "Hello.\n\n> Was it cold?\n\nIt was.\n\n> Good.\n\nYes.\n", False),
        (
            "a.txt",
            "He wrote:\n\n> We saw a gull.\n> It was grey.\n\nI know.\n\n> Yes.\n\nSo it is.\n",
            False,
        ),
    ],
)
def test_quoted_mail_is_no_transcript(name: str, text: str, is_one: bool) -> None:
    assert transcript.FORMAT.recognises(Path(name), text.encode()) is is_one


@given(
    st.lists(
        st.sampled_from(
            "A hall.|> go|> undo|> restart|> score|>|> y|Which do you mean?| |> 1|".split("|")
        )
    ).map("\n".join)
    | st.text(max_size=80)
)
def test_any_text_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_text(text, "utf-8", errors="replace")
    try:
        (story,) = transcript.FORMAT.read(path, path.parent)
    except Unreadable:
        return
    assert story.reachable() == {passage.id for passage in story.passages}


# Where a game says that it is over.


@every_row("text", ["*** You have died ***", "Oh.\n  ****  The End  ****  \n"])
def test_stars_say_the_end(text: str) -> None:
    assert announces_ending(text)


@every_row("text", ["* * *", "*****", "You have died.", "**bold** words ** here"])
def test_other_stars_do_not(text: str) -> None:
    assert not announces_ending(text)


# Lines of a certain width.

WRAPPED = """\
You are standing in an open field west of a white
house, with a boarded front door. There is a small
mailbox here.

Kitchen
A bottle is sitting on the table, and on the table
is an elongated brown sack, smelling of hot
    indented peppers"""


def test_lines_that_only_the_width_parted_are_joined() -> None:
    assert unwrap_lines(WRAPPED) == (
        "You are standing in an open field west of a white house, with a boarded front door. "
        "There is a small mailbox here.\n\nKitchen\n"
        "A bottle is sitting on the table, and on the table is an elongated brown sack, "
        "smelling of hot\n    indented peppers"
    )


@every_row("text", ["Short\nlines\nof verse", "x" * 200 + "\n" + "y" * 150, "", "\n"])
def test_verse_and_unwrapped_text_stay(text: str) -> None:
    assert unwrap_lines(text) == text


@given(st.text("ab \n>.", max_size=200))
def test_unwrapping_changes_nothing_but_breaks(text: str) -> None:
    assert unwrap_lines(text).split() == text.split()
