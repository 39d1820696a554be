"""What a program shows besides the story is left out of a played game, with a note."""

from pathlib import Path

import pytest

from corpus_scraper import formats
from corpus_scraper.formats.transcripts import marked_text, transcript
from corpus_scraper.formats.transcripts.program_text import strip_program_text
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED, only, play, stories, written
from tests.rows import every_row

NUMBERED = """\
   Barn
  The Lost Goose
  An Interactive Fiction by Ada Bell
  Release 1 / Serial number 150512 / Inform 7 build 6M22

  Barn
  Hay lies everywhere.

> >   Barn
  (Testing.)

  >[1] take hay
  It tickles.

  >[2] * does it sneeze?
  [Comment recorded.]

  >[3] wait
  A goose honks.

  [Your score has just gone up by one point.]

  >[4] catch goose
  You have it.

    *** The goose is home ***

  In that game you scored 1 out of a possible 1, in 4 turns.

  Would you like to RESTART, RESTORE a saved game, QUIT or UNDO the last command?
> > Are you sure you want to quit? """


def read(folder: Path, text: str, name: str = "game.txt") -> StoryGraph:
    return only(transcript.FORMAT, written(folder, {name: text}))


def test_a_banner_gives_title_and_author_and_is_no_prose(tmp_path: Path) -> None:
    path = tmp_path / "goose.txt"
    path.write_text(NUMBERED, "utf-8")
    story = only(transcript.FORMAT, path)
    assert (story.title, story.author) == ("The Lost Goose", "Ada Bell")
    assert [choice.text for choice in story.choices] == ["take hay", "wait", "catch goose"]
    assert (
        play(story, "take hay", "wait", "catch goose")
        .replace("\n\n", "|")
        .startswith("Barn\nHay lies everywhere.|It tickles.|A goose honks.|You have it.")
    )
    notes = " ".join(story.notes)
    for what in (
        "title banner",
        "status lines",
        "closing scores",
        "notices",
        "comment",
    ):
        assert what in notes
    assert not any("scored" in p.text or "quit" in p.text for p in story.passages)


def test_prose_above_a_banner_stays() -> None:
    played = strip_program_text(
        "It grows dark.\nThe Mill\nAn interactive tale by Bo.\nRelease 2. Serial number 1.\n\n"
        "Mill.\n"
    )
    assert played.title == "The Mill"
    assert played.text.split("\n") == ["It grows dark.", "", "", "Mill.", ""]


@every_row(
    "line",
    [
        "Hall                      [====      ]",
        "Exits: north (south)",
        " Year: 1907 Place: Old Pier",
        "Your score has gone up by one point.",
        "[Hint: you can\nlook around.]",
        "You scored 3 out of a possible 9.\n\nThat makes you a novice.",
    ],
)
def test_status_lines_and_notices_are_counted(line: str) -> None:
    played = strip_program_text(f"A hall.\n\n{line}\n\n> wait\nOn.\n")
    assert played.text.split() == ["A", "hall.", ">", "wait", "On."]
    assert len(played.notes) == 1


@every_row(
    "line",
    [
        " *** Barn.before: action is Go noun=5 (north)",
        "     consult 0/0 (going 4102, notustood 4100)",
        "Rule life, action Answer, noun 0, second John, consult 2 1, special_number 0",
        "   Barn                                        -5/10",
    ],
)
def test_lines_of_testers_and_scores_are_left_out(line: str) -> None:
    played = strip_program_text(f"> north\n{line}\nA barn.\n")
    assert played.text.split() == [">", "north", "A", "barn."]
    assert len(played.notes) == 1


def test_a_question_which_thing_is_meant_may_begin_with_do(tmp_path: Path) -> None:
    text = "> take ball\nDo you mean the red ball or the blue ball?\n> red\nTaken.\n> wait\nOn.\n"
    story = only(transcript.FORMAT, written(tmp_path, {"play.txt": f"A hall.\n{text}"}))
    assert [choice.text for choice in story.choices] == ["take ball", "wait"]


def test_a_word_in_angle_marks_is_no_command() -> None:
    assert strip_program_text("A hall.\n\n>>Poof!<<\n").text == "A hall.\n\nPoof!\n"


def test_what_the_program_asks_is_left_out_with_its_answer(tmp_path: Path) -> None:
    story = read(
        tmp_path,
        """
        Welcome! Would you like instructions?
        > no
        A road.
        > e
        A well.
        > save
        It costs five points. Is this acceptable?
        > n
        OK
        > drink
        Cold.
        """,
        "played.chk",
    )
    assert play(story, "e", "drink") == "A road.\n\nA well.\n\nCold."
    assert "Left out: 3 commands to the program." in story.notes
    assert any("Would you like instructions?" in note for note in story.notes)


def test_a_number_picks_the_option_of_a_menu(tmp_path: Path) -> None:
    story = read(
        tmp_path,
        """
        A shop.
        > talk
        She looks up.
        1. "Have you bread?"
        2. "Goodbye."
        > 2
        She nods.
        > wait
        Noon.
        """,
    )
    assert [choice.text for choice in story.choices] == ["talk", '"Goodbye."', "wait"]


def test_a_numbered_prompt_may_stand_behind_text() -> None:
    played = strip_program_text("A road.\n\n(walking on) >[2] wait\nNoon.\n")
    assert played.text.split("\n")[2:] == ["(walking on) ", "> wait", "Noon.", ""]


def test_options_of_a_menu_are_not_joined(tmp_path: Path) -> None:
    wide = "She has been standing behind the counter all day, and"
    story = read(
        tmp_path,
        f"""
        A shop.
        > talk
        {wide}
        looks up.
        1. "Have you any bread left, or is it all gone by now?"
        2. "Goodbye."
        > 1
        She nods.
        > wait
        Noon.
        """,
    )
    assert story.choices[1].text == '"Have you any bread left, or is it all gone by now?"'


def test_notices_are_no_prose_in_marked_text_either(tmp_path: Path) -> None:
    text = "A hall.\n> wait\nOn.\n[Your score has gone up.]\n<|endoftext|>\nA road.\n"
    first, _ = stories(marked_text.FORMAT, written(tmp_path, {"two.txt": text}))
    assert play(first, "wait") == "A hall.\n\nOn."
    assert any("notices" in note for note in first.notes)


def test_a_command_before_any_text_is_named(tmp_path: Path) -> None:
    story = read(tmp_path, "> look\nHall.\n> wait\nOn.\n> go\nYes.\n")
    assert "Nothing is told before 'look', which was left out." in story.notes


def test_one_of_several_engines_copies_is_read(tmp_path: Path) -> None:
    text = "Hall.\n> look\nHall.\n> wait\nOn.\n> go\nYes.\n"
    names = ("debugger.gold", "zmachine.gold")
    written(tmp_path, dict.fromkeys(names, text))
    read = {name: stories(transcript.FORMAT, tmp_path / name) for name in names}
    assert read["debugger.gold"] == []
    (story,) = read["zmachine.gold"]
    assert any("debugger.gold" in note for note in story.notes)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
@pytest.mark.parametrize(
    ("folder", "least", "licence"),
    [
        ("dialog", 2, "MIT"),
        ("open-adventure/played", 95, "BSD-2-Clause"),
        ("inform-examples", 330, "Artistic-2.0"),
        ("punyinform", 50, "MIT"),
    ],
)
def test_real_played_games_hold_only_the_story(folder: str, least: int, licence: str) -> None:
    root = CORPUS / folder
    paths = [path for path in sorted(root.rglob("*")) if path.is_file()]
    read = [
        story
        for path in paths
        if formats.recognise(path) is transcript.FORMAT
        for story in formats.read(path, root=root)
    ]
    assert len(read) >= least
    assert {story.licence for story in read} == {licence}
    texts = [passage.text for story in read for passage in story.passages]
    for sign in ("Serial number", "score has just gone", "Would you like to RESTART", "(Testing.)"):
        assert not [text for text in texts if sign in text]
