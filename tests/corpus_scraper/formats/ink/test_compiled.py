import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats.ink import compiled as ink_json
from corpus_scraper.formats.ink.program import Cursor, parse_container, resolve
from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.formats.playing import menu, only, play
from tests.patience import not_endless
from tests.rows import every_row

CONDITION, START, ONLY, DEFAULT, ONCE = 1, 2, 4, 8, 16


@pytest.fixture
def compiled(tmp_path: Path):
    def read(main: list[Any], version: int = 21, **named: Any) -> StoryGraph:
        program = {"inkVersion": version, "root": [main, "done", named or None], "listDefs": {}}
        path = tmp_path / "tale.json"
        path.write_text(json.dumps(program), encoding="utf-8-sig")
        return only(ink_json.FORMAT, path)

    return read


def choice(words: str, path: str, flags: int = ONLY | ONCE, condition: tuple = ()) -> list[Any]:
    """The instructions of a choice whose text is printed only where it is offered."""
    return ["ev", "str", f"^{words}", "/str", *condition, "/ev", {"*": path, "flg": flags}]


def test_a_file_begins_with_a_mark_that_is_no_text(compiled) -> None:
    story = compiled(["^Hello.", "\n", "end", None])
    assert play(story) == "Hello."
    assert story.passages[0].ending
    assert story.source.parser == "ink-json"


def test_a_choice_by_each_of_its_flags(compiled) -> None:
    story = compiled(
        [
            "^Well?",
            "\n",
            *choice("Only offered", "a"),
            # Words that are offered and said again, and words that are only offered:
            *["ev", "str", "^Start", "/str", "str", "^ and more", "/str", "/ev"],
            {"*": "b", "flg": START | ONLY | ONCE},
            *choice("If asked", "a", ONLY | CONDITION, ({"VAR?": "asked"}, 3, ">")),
            {"*": "a", "flg": DEFAULT | ONCE},
            "done",
            None,
        ],
        a=["^A.", "\n", "end", None],
        b=["^B.", "\n", "end", None],
    )
    assert menu(story) == [
        "Only offered",
        "Start and more",
        "If asked ? asked > 3",
        ("nothing else is left"),
    ]
    assert play(story, "Start and more") == "Well?\n\nB."
    assert play(story, "? nothing else is left") == "Well?\n\nA."


def test_text_that_a_choice_and_its_output_share_appears_in_both(compiled) -> None:
    """As the compiler writes `* Hello[!], I say.`: the start is a container called `s`."""
    story = compiled(
        [
            ["ev", {"^->": "0.0.$r1"}, {"temp=": "$r"}, "str", {"->": ".^.s"}, [{"#n": "$r1"}],
             "/str", "str", "^!", "/str", "/ev", {"*": "0.c-0", "flg": 22}, {"s": [
                 "^Hello", {"->": "$r", "var": True}, None]}],
            {"c-0": ["ev", {"^->": "0.c-0.$r2"}, "/ev", {"temp=": "$r"}, {"->": "0.0.s"},
                     [{"#n": "$r2"}], "^, I say.", "\n", "end", {"#f": 5}]},
        ]
    )  # fmt: skip
    assert menu(story) == ["Hello!"]
    assert play(story, "Hello!") == "Hello, I say."


def test_tunnels_come_back(compiled) -> None:
    story = compiled(
        ["^In.", "\n", "ev", "/ev", {"->t->": "dark"}, "^Out.", "\n", "end", None],
        dark=["^Dark.", "\n", "ev", "void", "/ev", "->->", None],
    )
    assert play(story) == "In.\n\nDark.\n\nOut."


def test_a_fork_of_passages_in_new_and_old_programs(compiled) -> None:
    new = [
        "^Cave.", "\n", "ev", {"VAR?": "lamp"}, 2, "==", "/ev",
        [{"->": ".^.b", "c": True}, {"b": ["\n", "^Light.", "\n", {"->": "door"}, None]}],
        [{"->": ".^.b"}, {"b": ["\n", "^Dark.", "\n", {"->": "0.9"}, None]}],
        "nop", "\n", "end", None,
    ]  # fmt: skip
    old = [
        "^Cave.", "\n",
        [["ev", {"VAR?": "lamp"}, 2, "==", "/ev", None],
         ["du", {"t?": {"->": "0.2.1.b"}}, {"b": ["pop", "\n", "^Light.", "\n",
                                                  {"->": "door"}, None]}],
         [{"f?": {"->": "0.2.2.b"}}, {"b": ["\n", "^Dark.", "\n", {"->": "0.3"}, None]}],
         "pop", "nop", None],
        "end", None,
    ]  # fmt: skip
    door = ["^A door.", "\n", "end", None]
    for story in (compiled(new, door=door), compiled(old, version=11, door=door)):
        light, dark = menu(story)
        assert light == "lamp == 2"
        assert play(story, "? lamp == 2") == "Cave.\n\nLight.\n\nA door."
        assert play(story, f"? {dark}") == "Cave.\n\nDark."


def test_conditional_text_is_printed_where_it_is(compiled) -> None:
    story = compiled(
        [
            "^I am", "ev", {"VAR?": "tired"}, "/ev",
            [{"->": ".^.b", "c": True}, {"b": ["^ tired", {"->": "0.6"}, None]}],
            [{"->": ".^.b"}, {"b": ["^ awake", {"->": "0.6"}, None]}],
            "nop", "^. ", "ev", {"VAR?": "name"}, "out", "/ev", "^ sleeps.", "\n", "end", None,
        ],
        **{"global decl": ["ev", "str", "^Ada", "/str", {"VAR=": "name"}, "/ev", "end", None]},
    )  # fmt: skip
    assert play(story) == "I am tired. Ada sleeps."


def test_the_first_element_of_a_sequence_is_printed(compiled) -> None:
    sequence = [
        "ev", "visit", 1, "MIN", "/ev",
        "ev", "du", 0, "==", "/ev", {"->": ".^.s0", "c": True},
        "ev", "du", 1, "==", "/ev", {"->": ".^.s1", "c": True}, "nop",
        {"s0": ["pop", "^ once", {"->": "0.1.17"}, None],
         "s1": ["pop", "^ again", {"->": "0.1.17"}, None], "#f": 5},
    ]  # fmt: skip
    story = compiled(["^Rain", sequence, "^.", "\n", "end", None])
    assert play(story) == "Rain once."


def test_glue_tags_functions_and_lists_leave_no_trace(compiled) -> None:
    story = compiled(
        ["^I walk", "\n", "<>", "^ on.", "\n", "#", "^a tag", "/#", "ev", {"VAR?": "x"},
         {"f()": "bump"}, "pop", "/ev", {"list": {"a.b": 1}}, {"x()": "chime", "exArgs": 0},
         "pop", "^Still on.", "\n", "end", None],
        bump=["^never said", "ev", 1, "/ev", "~ret", None],
    )  # fmt: skip
    assert play(story) == "I walk on.\n\nStill on."


def test_a_thread_offers_its_choices(compiled) -> None:
    story = compiled(
        ["^Square.", "\n", "thread", {"->": "well"}, *choice("Leave", "out"), "done", None],
        well=[*choice("Drink", "out"), "done", None],
        out=["^Gone.", "\n", "end", None],
    )
    assert sorted(menu(story)) == ["Drink", "Leave"]


def test_what_no_player_is_led_to_is_left_out(compiled) -> None:
    main = [
        "ev", {"VAR?": "DEBUG"}, "/ev",
        [{"->": ".^.b", "c": True}, {"b": ["^Debugging!", "\n", "end", None]}],
        [{"->": ".^.b"}, {"b": [{"->": "start"}, None]}],
        "end", None,
    ]  # fmt: skip
    start = ["^Good morning.", "\n", "end", None]
    declared = ["ev", False, {"VAR=": "DEBUG"}, "/ev", "end", None]
    story = compiled(main, start=start, **{"global decl": declared})
    assert play(story) == "Good morning."
    assert "Debugging!" not in {passage.text for passage in story.passages}
    changed = ["ev", True, {"VAR=": "DEBUG", "re": True}, "/ev", "^Changed.", "end", None]
    story = compiled(main, start=start, change=changed, **{"global decl": declared})
    assert "Debugging!" in {passage.text for passage in story.passages}


@every_row(
    ("path", "found"),
    [
        ("knot", "^K"),
        ("knot.stitch", "^S"),
        ("knot.1", "^K2"),
        ("0.1", "^b"),
        (".^.1", "^b"),
        (".^.^.knot.stitch", "^S"),
    ],
)
def test_a_path_is_absolute_or_relative(path: str, found: str) -> None:
    root = parse_container([["^a", "^b", None], {"knot": ["^K", "^K2", {"stitch": ["^S", None]}]}])
    place = resolve(path, Cursor(root.items[0], 0))
    assert place
    assert place.item == found


@every_row("path", ["gone", "knot.9", "^.^.^.^", "", ".", "0.0.x", "9" * 5_000])
def test_a_path_to_nowhere_is_none(path: str) -> None:
    root = parse_container([["^a", None], {"knot": ["^K", None]}])
    place = resolve(path, Cursor(root.items[0], 0))
    assert place is None or place.container in (root, root.items[0])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"inkVersion": 21, "root": [', "broken JSON"),
        ('{"inkVersion": 21}', "no list called root"),
        ('{"inkVersion": 21, "root": 5}', "root must be a list"),
        ('{"inkVersion": 21, "root": []}', "no text"),
        ('{"inkVersion": 21, "root": ' + "[" * 100_000, "brackets within brackets|broken"),
        ('{"inkVersion": 21, "root": ' + "[" * 900 + "]" * 900 + "}", "brackets within brackets"),
        ('{"inkVersion": 21, "root": ["^a", ' + "9" * 5_000 + ", null]}", "number"),
    ],
    ids=lambda text: text[:40],
)
def test_a_broken_program_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "tale.json"
    path.write_text(text, encoding="utf-8")
    with not_endless(), pytest.raises(Unreadable, match=reason):
        only(ink_json.FORMAT, path)


ITEMS = st.sampled_from(
    ["^text", "\n", "<>", "ev", "/ev", "str", "/str", "out", "du", "pop", "#", "/#", "thread",
     "->->", "~ret", "done", "end", "nop", "==", "!", "visit", "seq", 1, 2.5, True, None,
     {"->": "0"}, {"->": ".^.0", "c": True}, {"->": "x", "var": True}, {"->t->": "0.1"},
     {"f()": "0"}, {"x()": "y"}, {"*": "0.1", "flg": 20}, {"*": ".^", "flg": "x"}, {"VAR?": "n"},
     {"CNT?": "0"}, {"VAR=": "n"}, {"temp=": "n"}, {"^->": "0"}, {"t?": {"->": "0"}},
     {"f?": {"->": "0.0"}}, {"list": {}}, {"#n": "name"}, {"->": 7}, {"*": None}]
)  # fmt: skip
PROGRAMS = st.recursive(
    st.lists(ITEMS, max_size=8),
    lambda inner: st.lists(ITEMS | inner | st.fixed_dictionaries({"k": inner}), max_size=6),
    max_leaves=30,
)


@given(PROGRAMS)
def test_any_program_is_read_or_refused(tmp_path_factory, root: list[Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps({"inkVersion": 20, "root": root}), encoding="utf-8")
    try:
        (story,) = ink_json.FORMAT.read(path, path.parent)
    except Unreadable:
        return
    assert story.start in story.passages_by_id()


@given(st.text(max_size=100))
def test_any_text_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(Unreadable):
        list(ink_json.FORMAT.read(path, path.parent))
