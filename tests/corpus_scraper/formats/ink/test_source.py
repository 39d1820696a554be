from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.documents.paths import normalise_graph
from corpus_scraper.formats.ink import compiled as ink_json
from corpus_scraper.formats.ink import source as ink_source
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
def ink(tmp_path: Path):
    def read(text: str, **more: str) -> StoryGraph:
        files = {"tale.ink": text} | {f"{name}.ink": other for name, other in more.items()}
        return only(ink_source.FORMAT, written(tmp_path, files))

    return read


# Choices and the weave.


def test_the_text_and_the_output_of_a_choice_with_brackets(ink) -> None:
    story = ink("""
        A man waits.
        * "Hello[."]," I say.
          He nods.
        * [Leave] I leave.
        * Wave
          He waves back.
        - The end.
    """)
    assert menu(story) == ['"Hello."', "Leave", "Wave"]
    assert play(story, '"Hello."') == 'A man waits.\n\n"Hello," I say.\n\nHe nods.\n\nThe end.'
    assert play(story, "Leave") == "A man waits.\n\nI leave.\n\nThe end."
    assert play(story, "Wave") == "A man waits.\n\nHe waves back.\n\nThe end."


def test_nested_choices_meet_at_the_gather_of_their_depth(ink) -> None:
    story = ink("""
        Start.
        * One
          ** One A
             Deep.
          ** One B
          -- Inner gather.
        * Two
        - Outer gather.
    """)
    assert play(story, "One", "One A") == "Start.\n\nDeep.\n\nInner gather.\n\nOuter gather."
    assert play(story, "One", "One B") == "Start.\n\nInner gather.\n\nOuter gather."
    assert play(story, "Two") == "Start.\n\nOuter gather."


def test_a_gather_can_be_a_place_and_an_option_have_a_label(ink) -> None:
    story = ink("""
        - (top) The top.
        * (ask) [Ask] You ask.
        + [Wait] You wait. -> top
        * {ask} [Ask again] Enough. -> END
        - Down.
        -> top
    """)
    assert menu(story) == ["Ask", "Wait", "Ask again ? ask"]
    assert play(story, "Wait", "Ask again") == "The top.\n\nYou wait.\n\nThe top.\n\nEnough."
    assert play(story, "Ask", "Wait").endswith("Down.\n\nThe top.\n\nYou wait.\n\nThe top.")


def test_sticky_once_and_fallback_choices(ink) -> None:
    story = ink("""
        -> loop
        === loop
        Round.
        * Once -> loop
        + Always -> loop
        * -> out
        === out
        Out.
        -> END
    """)
    assert menu(story) == ["Once", "Always", "nothing else is left"]
    assert play(story, "Once", "Always", "? nothing else is left") == (
        "Round.\n\nRound.\n\nRound.\n\nOut."
    )


def test_several_conditions_stand_together(ink) -> None:
    story = ink("""
        VAR gold = 0
        Shop.
        * {gold > 3} {not thief} [Buy] Bought.
        + (thief) [Steal] Stolen.
    """)
    assert menu(story) == ["Buy ? gold > 3 and not thief", "Steal"]


# Knots, stitches, tunnels, threads.


def test_knots_stitches_and_diverts_by_short_and_long_names(ink) -> None:
    story = ink("""
        -> house
        === house ===
        = hall
        The hall.
        * [Up] -> attic
        * [Out] -> garden.pond
        = attic
        The attic. -> DONE
        === garden
        The garden.
        = pond
        The pond. -> house.attic
    """)
    assert play(story, "Up") == "The hall.\n\nThe attic."
    assert play(story, "Out") == "The hall.\n\nThe pond.\n\nThe attic."
    assert story.reachable() == {p.id for p in story.passages} - {"garden"}


def test_a_tunnel_comes_back_to_where_it_was_called(ink) -> None:
    story = ink("""
        Before.
        -> rain ->
        Between.
        -> rain -> after
        === rain
        Rain falls.
        ->->
        === after
        After.
        -> END
    """)
    told_ = play(story, "? called from (start)", "? called from (start):1")
    assert told_ == "Before.\n\nRain falls.\n\nBetween.\n\nRain falls.\n\nAfter."


def test_a_thread_offers_what_its_knot_offers(ink) -> None:
    story = ink("""
        The square.
        <- fountain
        * [Leave] Gone. -> END
        === fountain
        * [Drink] Cold. -> END
    """)
    assert sorted(menu(story)) == ["Drink", "Leave"]
    assert play(story, "Drink") == "The square.\n\nCold."


# Wordings.


def test_glue_holds_lines_together(ink) -> None:
    assert play(ink("I walk <>\ninto town.\n")) == "I walk into town."
    assert play(ink("I walk\n<> into town.\n")) == "I walk into town."


def test_the_first_wording_is_taken_and_values_are_filled_in(ink) -> None:
    story = ink("""
        VAR name = "Ada"
        CONST YEARS = 7
        ~ temp x = 3
        Hello, {name}. {One|Two|Three} bell{s|}. {&Day|Night}. {!Only once|}. {~Heads|Tails}.
        You are {YEARS}. {x > 2: It is warm|It is cold}. {not y: Never.}
        He answers {x:smartly|slowly}.
        #tag for the engine
        A \\# number. // and a comment
        /* and
        another */ Last.
    """)
    assert play(story) == (
        "Hello, Ada. One bells. Day. Only once. Heads.\n\n"
        "You are 7. It is warm. Never.\n\nHe answers smartly.\n\nA # number.\n\nLast."
    )


def test_a_space_that_the_author_overlooked_is_set_and_endings_are_left_on(ink) -> None:
    story = ink("I answer{x:smartly}, un{x:happy}, and cat{x:s}{y: — or so}.\n")
    assert play(story) == "I answer smartly, unhappy, and cats — or so."


def test_a_fork_over_several_lines_is_a_fork_of_passages(ink) -> None:
    story = ink("""
        VAR lamp = 0
        The cave.
        {
            - lamp > 1:
                You see a door.
                -> door
            - lamp == 1:
                A glimmer.
            - else:
                Darkness.
        }
        On you go.
        -> END
        === door
        A door.
        -> END
    """)
    assert play(story, "? lamp > 1") == "The cave.\n\nYou see a door.\n\nA door."
    assert play(story, "? lamp == 1") == "The cave.\n\nA glimmer.\n\nOn you go."
    assert play(story, "? otherwise") == "The cave.\n\nDarkness.\n\nOn you go."


def test_a_switch_and_an_if_else_with_choices_inside(ink) -> None:
    story = ink("""
        VAR mood = 0
        {mood:
            - 0: Calm. -> END
            - 1: Angry. -> END
        }
        {mood > 3:
            * [Shout] Loud. -> END
        - else:
            * [Whisper] Soft. -> END
        }
    """)
    assert "mood == 0" in menu(story)[0]
    assert menu(story, "? otherwise") == ["Shout ? mood > 3", "Whisper ? otherwise"]


def test_what_no_player_is_led_to_is_left_out(ink) -> None:
    text = """
        VAR DEBUG = false
        VAR loud = false
        {DEBUG:
            Debugging!
            * [Skip] -> END
        - else:
            -> start
        }
        === start
        {not DEBUG: Good morning.} {loud: Loud.}
        ~ loud = true
        -> END
    """
    assert play(ink(text)) == "Good morning. Loud."
    assert "Debugging!" in play(ink(text + "~ DEBUG = true\n"), "? DEBUG")


def test_functions_lists_and_logic_say_nothing(ink) -> None:
    story = ink("""
        LIST doors = open, shut
        EXTERNAL chime(x)
        VAR n = 1
        TODO: write more
        ~ n = double(n)
        {double(n)}
        Only this.
        -> END
        === function double(x)
        A function's text.
        ~ return x * 2
    """)
    assert play(story) == "Only this."
    assert all("function" not in passage.text for passage in story.passages)


# Files.


def test_included_files_are_part_of_the_story_and_tell_nothing_alone(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {
            "main.ink": "# title: The Well\n# author: A. N. Other\nINCLUDE deep.ink\n-> well\n",
            "deep.ink": "=== well\nA well.\n-> END\n",
        },
    )
    story = only(ink_source.FORMAT, path)
    assert (story.title, story.author) == ("The Well", "A. N. Other")
    assert play(story) == "A well."
    assert stories(ink_source.FORMAT, tmp_path / "deep.ink") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("One.\n{open: never closed\n", "line 2.*never closed"),
        ("One.\nclosed}\n", "line 2.*never opened"),
        ("/* open", "line 1.*comment"),
        ("INCLUDE gone.ink\n", "line 1.*gone.ink is not there"),
        ("INCLUDE ../../etc/passwd\n", "is not there"),
        ("", "no text"),
        ("{" * 200_000 + "}" * 200_000, "nested"),
        ("x\n" * 3 + "{a:" * 60 + "}" * 60, "line 4.*nested"),
    ],
    ids=lambda text: text[:18],
)
def test_a_broken_script_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    path = written(tmp_path, {"tale.ink": text})
    with not_endless(), pytest.raises(Unreadable, match=reason):
        only(ink_source.FORMAT, path)


def test_a_divert_to_nowhere_is_noted(ink) -> None:
    story = ink("One.\n-> gone\n")
    assert any("target that is computed" in note for note in story.notes)


PIECES = st.lists(
    st.sampled_from(
        "*|+|-|**|--|->|->->|<-|{|}|[|]|(|)|:|\n|\n|<>|=|==|===|~|&|!|#|//|/*|*/|a|b |knot|a.b"
        "|else|VAR x = 1|\\|END|INCLUDE x".split("|")
    ),
    max_size=40,
).map("".join)


@given(PIECES | st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.ink"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        (story,) = ink_source.FORMAT.read(path, path.parent)
    except Unreadable:
        return
    assert story.start in story.passages_by_id()
    list(normalise_graph(story).passages)


# Real stories.


def paragraphs(story: StoryGraph) -> Counter[str]:
    known, reached = story.passages_by_id(), story.reachable()
    return Counter(p for id_ in reached for p in known[id_].text.split("\n\n"))


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_the_intercept_reads_alike_from_its_source_and_from_what_the_compiler_made() -> None:
    folder = CORPUS / "ink" / "the-intercept-compiled" / "Assets" / "Ink"
    source = normalise_graph(only(ink_source.FORMAT, folder / "TheIntercept.ink"))
    compiled = normalise_graph(only(ink_json.FORMAT, folder / "TheIntercept.json"))
    assert paragraphs(source) == paragraphs(compiled)
    assert Counter(way.text for way in source.choices) == Counter(w.text for w in compiled.choices)
    assert sum(map(len, (p.text for p in source.passages))) > 70_000


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
@pytest.mark.parametrize("path", sorted(CORPUS.glob("ink/**/*.ink")), ids=lambda path: path.name)
def test_real_scripts_leave_no_code_in_prose(path: Path) -> None:
    for story in stories(ink_source.FORMAT, path):
        for passage in story.passages:
            assert not set("{}\ue000") & set(passage.text), passage
            assert "->" not in passage.text
            assert not passage.text.startswith(("*", "+", "~"))
        assert len(story.reachable()) > len(story.passages) * 0.9
