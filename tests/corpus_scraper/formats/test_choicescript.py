from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats import choicescript
from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.formats.playing import (
    CORPUS,
    WHY_SKIPPED,
    menu,
    only,
    play,
    stories,
    written,
)
from tests.patience import not_endless


@pytest.fixture
def game(tmp_path: Path):
    def read(startup: str, **scenes: str) -> StoryGraph:
        files = {"startup.txt": startup} | {f"{name}.txt": text for name, text in scenes.items()}
        return only(choicescript.FORMAT, written(tmp_path, files))

    return read


def test_a_choice_with_its_bodies_and_a_label(game) -> None:
    story = game("""
        *title The Gate
        *author A. N. Other
        *comment nobody reads this
        A gate bars
        the way.

        It is shut.
        *choice
            #Knock.
                Nobody answers.
                *goto inside
            #Climb over.
                You climb.
                *finish
        *label inside
        You go in.
        *ending
    """)
    assert (story.title, story.author) == ("The Gate", "A. N. Other")
    assert menu(story) == ["Knock.", "Climb over."]
    assert play(story, "Knock.") == (
        "A gate bars the way.\n\nIt is shut.\n\nNobody answers. You go in."
    )
    assert play(story, "Climb over.").endswith("It is shut.\n\nYou climb.")
    assert [passage.ending for passage in story.passages].count(True) == 2


def test_angle_brackets_and_entities_are_shown_as_they_are(game) -> None:
    story = game("""
        The panel says <HATCH OPEN> &amp; hums.
        Press <Enter>, or <b>wait</b>.
        *choice
            #Press <Enter>.
                <i>Click.
                *finish
    """)
    assert menu(story) == ["Press <Enter>."]
    assert play(story, "Press <Enter>.") == (
        "The panel says <HATCH OPEN> &amp; hums. Press <Enter>, or <b>wait</b>.\n\n<i>Click."
    )


def test_a_break_within_a_line_starts_another_line(game) -> None:
    assert play(game("One.[n/]Two.[N/][b]Three[/b].\n*finish\n")) == "One.\n\nTwo.\n\nThree."


def test_after_a_fake_choice_the_story_goes_on(game) -> None:
    story = game("""
        Tea?
        *fake_choice
            #Yes.
                Good.
            #No.
        The rain goes on.
        *finish
    """)
    assert play(story, "Yes.") == "Tea?\n\nGood.\n\nThe rain goes on."
    assert play(story, "No.") == "Tea?\n\nThe rain goes on."


def test_options_on_conditions_and_those_to_be_hidden(game) -> None:
    story = game("""
        *create gold 3
        Shop.
        *choice
            *hide_reuse *if (gold > 2) #Buy.
                Bought.
                *finish
            *selectable_if (gold > 5) #Buy two.
                Two.
                *finish
            *disable_reuse #Ask.
                Asked.
                *finish
            *if (thief)
                #Steal.
                    Stolen.
                    *finish
            *else
                #Beg.
                    Begged.
                    *finish
    """)
    assert menu(story) == [
        "Buy. ? (gold > 2)",
        "Buy two. ? (gold > 5)",
        "Ask.",
        "Steal. ? (thief)",
        "Beg. ? otherwise",
    ]
    assert play(story, "Beg.") == "Shop.\n\nBegged."


def test_a_choice_within_a_choice(game) -> None:
    story = game("""
        Where?
        *choice
            #North
                Which road?
                *choice
                    #High
                        High.
                        *goto end
                    #Low
                        Low.
                        *goto end
            #South
                *goto end
        *label end
        There.
        *finish
    """)
    assert play(story, "North", "Low") == "Where?\n\nWhich road?\n\nLow.\n\nThere."
    assert play(story, "South") == "Where?\n\nThere."


def test_if_elseif_else_in_prose(game) -> None:
    story = game("""
        Dawn.
        *if (brave)
            You smile.
        *elseif (tired)
            You yawn.
        *else
            You tremble.
            *goto flee
        On you go.
        *finish
        *label flee
        You flee.
        *finish
    """)
    assert menu(story) == ["(brave)", "(tired)", "otherwise"]
    assert play(story, "? (brave)") == "Dawn.\n\nYou smile.\n\nOn you go."
    assert play(story, "? (tired)") == "Dawn.\n\nYou yawn.\n\nOn you go."
    assert play(story, "? otherwise") == "Dawn.\n\nYou tremble. You flee."


def test_a_condition_that_only_counts_parts_no_passage(game) -> None:
    story = game("""
        One.
        *if (x)
            *set y 3
        Two.
        *finish
    """)
    assert play(story) == "One. Two."


def test_gosub_comes_back(game) -> None:
    story = game(
        """
        In.
        *gosub rain
        Between.
        *gosub_scene extra song
        Out.
        *finish
        *label rain
        Rain.
        *return
        """,
        extra="Never here.\n*finish\n*label song\nA song.\n*return\n",
    )
    assert play(story).split() == "In. Rain. Between. A song. Out.".split()


def test_scenes_follow_one_another_and_can_be_jumped_to(game) -> None:
    story = game(
        """
        *scene_list
            startup
            second
            third
        First.
        *choice
            #Go on
                *finish
            #Skip
                *goto_scene third cellar
        """,
        second="Second.\n*finish Chapter three\n",
        third="Third.\n*finish\n*label cellar\nCellar.\n*finish\n",
        choicescript_stats="*stat_chart\n    text name\n",
    )
    assert play(story, "Go on", "Chapter three") == "First.\n\nSecond.\n\nThird."
    assert play(story, "Skip") == "First.\n\nCellar."


def test_a_page_break_parts_passages_and_its_button_may_speak(game) -> None:
    story = game("One.\n*page_break\nTwo.\n*page_break Open your eyes\nThree.\n*finish\n")
    assert [passage.text for passage in story.passages] == ["One.", "Two.", "Three."]
    assert [way.text for way in story.choices] == ["", "Open your eyes"]


def test_values_wordings_and_marks(game) -> None:
    story = game("""
        *create name "ada"
        *create strength 50
        *temp friend "Bo"
        $!{name} and ${friend} ran. $!!{name}! You feel @{(strength > 40) strong|weak}.
        @!{tired yes|no}, [b]truly[/b]: @{x one, ${friend}|two}. ${unknown_thing} moved.
        *line_break
        *print name
        *finish
    """)
    assert play(story) == (
        "Ada and Bo ran. ADA! You feel strong. Yes, truly: one, Bo. Something moved.\n\nada"
    )


def test_what_is_not_known_is_noted(game) -> None:
    story = game("Hm.\n*dance wildly\n*goto {where}\n*finish\n")
    assert "The command *dance is not known." in story.notes
    assert any("target that is computed" in note for note in story.notes)


def test_the_folder_is_the_game_and_its_other_scenes_are_none_of_their_own(tmp_path: Path) -> None:
    files = {"startup.txt": "*title X\nHere.\n*finish\n", "b.txt": "*label q\nB.\n*finish\n"}
    written(tmp_path, files)
    assert len(stories(choicescript.FORMAT, tmp_path)) == 1
    assert stories(choicescript.FORMAT, tmp_path / "b.txt") == []
    (tmp_path / "notes.txt").write_text("Buy milk.\n")
    assert not choicescript.FORMAT.recognises(tmp_path / "notes.txt", b"Buy milk.\n")


@pytest.mark.parametrize(
    "startup",
    [
        "*if x\n" + "".join("\t" * n + "*if x\n" for n in range(1, 200)),
        "*choice\n" + "".join(" " * n + "#a\n" for n in range(1, 3_000)),
        "*title nothing at all\n",
    ],
    ids=["ifs", "options", "empty"],
)
def test_hostile_and_empty_scenes_are_refused_at_once(game, startup: str) -> None:
    with not_endless(), pytest.raises(Unreadable):
        game(startup)


LINES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.sampled_from(
            "text|*choice|*fake_choice|#one|#two|*if (x) #three|*if x|*elseif y|*else|*label a"
            "|*goto a|*goto_scene b c|*gosub a|*return|*finish|*page_break|*page_break Go|*set x 1"
            "|*selectable_if x|*hide_reuse #four|@{x a|b}|${|*|#|*goto|*gosub_scene|".split("|")
        ),
    ).map(lambda line: "  " * line[0] + line[1]),
    max_size=25,
).map("\n".join)


@given(LINES | st.text(max_size=100))
def test_any_text_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any" / "startup.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        (story,) = choicescript.FORMAT.read(path, path.parent)
    except Unreadable:
        return
    assert story.start in story.passages_by_id()


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_a_real_game_leaves_no_code_in_prose() -> None:
    scenes = CORPUS / "choicescript" / "incarnate" / "web" / "mygame" / "scenes"
    story = only(choicescript.FORMAT, scenes)
    assert (story.title, story.author) == ("Incarnate", "Audrine")
    assert sum(len(passage.text) for passage in story.passages) > 15_000
    for passage in story.passages:
        assert not [line for line in passage.text.split("\n") if line.startswith(("*", "#"))]
        assert "{" not in passage.text
