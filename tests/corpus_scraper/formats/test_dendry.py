from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats import dendry
from corpus_scraper.formats.story_file import Unreadable
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED, menu, only, play, written

GAME = {
    "source/info.dry": "title: The Well\nauthor: A. N. Other\n",
    "source/scenes/root.scene.dry": """
        title: Begin
        # nobody reads this

        = A Well

        A *deep* well,
        with [+ coins +] coins in it.

        [? if brave : You lean over. ?]

        - @look
        - @jump if brave: Jump into
            the dark.
        - #inside: Something else.

        @look
        title: Look down.

        It is dark.

        @jump
        go-to: end if depth > 1; look if depth <= 1
    """,
    "source/scenes/end.scene.dry": "title: The End\ngame-over: true\ntags: inside, x\n\nSplash.\n",
}


def test_scenes_sections_options_and_jumps(tmp_path: Path) -> None:
    written(tmp_path, GAME)
    story = only(dendry.FORMAT, tmp_path)
    assert (story.title, story.author) == ("The Well", "A. N. Other")
    assert play(story) == "A deep well, with a fair sum coins in it.\n\nYou lean over."
    assert menu(story) == [
        "Look down.",
        "Jump into the dark. ? brave and depth > 1",
        "Jump into the dark. ? brave and depth <= 1",
        "Something else.",
    ]
    assert play(story, "Something else.").endswith("Splash.")
    assert "It is dark." in play(story, "Look down.")
    assert [passage.id for passage in story.passages if passage.ending] == ["end"]


def test_a_scene_that_leads_nowhere_goes_back_to_the_root(tmp_path: Path) -> None:
    written(tmp_path, GAME)
    story = only(dendry.FORMAT, tmp_path)
    assert [way.target for way in story.choices_by_passage()["root.look"]] == ["root"]


def test_a_property_is_none_of_the_prose_however_its_name_is_written(tmp_path: Path) -> None:
    scene = "title: Begin\non_arrival: x += 1\nset-bg: a.png\nmax_visits_2: 1\n\nA well.\n"
    written(tmp_path, {"only.scene.dry": scene})
    assert play(only(dendry.FORMAT, tmp_path / "only.scene.dry")) == "A well."


def test_options_and_titles_have_no_marks_either(tmp_path: Path) -> None:
    scene = """
        A well.

        - @deep: Look *down* for [+ coins +] [? if rich : more ?] coins
        - @far

        @deep
        Deep.

        @far
        title: Go **far**

        Far.
    """
    written(tmp_path, {"only.scene.dry": scene})
    found = menu(only(dendry.FORMAT, tmp_path / "only.scene.dry"))
    assert found == ["Look down for a fair sum more coins", "Go far"]


def test_a_shared_scene_leads_back_to_what_set_jump_named(tmp_path: Path) -> None:
    scene = """
        A hall.

        - @go_in

        @go_in
        go-to: greet
        set-jump: only.talk

        You go in.

        @talk
        go-to: greet
        set-jump: only.leave

        You talk.

        @leave
        game-over: true

        You leave.
    """
    greet = "title: Greet\ngo-to: jumpScene\n\nShe nods.\n"
    written(
        tmp_path,
        {
            "source/info.dry": "title: T\nfirst-scene: only\n",
            "source/scenes/only.scene.dry": scene,
            "source/scenes/greet.scene.dry": greet,
        },
    )
    story = only(dendry.FORMAT, tmp_path)
    assert len(story.reachable()) == len(story.passages)
    assert {each.condition for each in story.choices if each.origin == "greet"} == {
        "called from only.go_in",
        "called from only.talk",
    }


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.scene.dry"
    path.write_text(f"title: X\n\nHere.\n{text}", encoding="utf-8", errors="replace")
    try:
        list(dendry.FORMAT.read(path, path.parent))
    except Unreadable as refusal:
        assert "any.scene.dry" in str(refusal)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_a_real_quiz_can_be_played() -> None:
    story = only(dendry.FORMAT, CORPUS / "dendry" / "quiz")
    assert play(story, "Begin the quiz...").endswith("What are you thinking?")
    assert sum(passage.ending for passage in story.passages) == 4
