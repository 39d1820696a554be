from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats.story_file import StoryFile, Unreadable
from corpus_scraper.formats.twine import html as twine_html
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.formats.pages import page, twine
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


def read(text: str) -> list[StoryGraph]:
    return list(twine_html.stories(StoryFile("page.html", text, "00")))


def test_a_page_is_a_story_with_its_title_and_start() -> None:
    story = twine({"Hall": 'A "hall" & more.\n[[Leave->Out]]', "Out": "Rain."})
    assert (story.title, story.start, story.id) == ("The Door & I", "Hall", "page.html")
    assert play(story) == 'A "hall" & more.'
    assert play(story, "Leave").endswith("Rain.")
    assert [passage.ending for passage in story.passages] == [False, True]
    assert (story.source.parser, story.source.place) == ("twine", "page.html")


def test_scripts_styles_and_machinery_are_no_passages() -> None:
    story = twine(
        {"Hall": "Here.", "Code": "var a;", "StoryCaption": "HP 3", "Top": "Menu"},
        Code="script",
        Top="header",
    )
    assert [passage.id for passage in story.passages] == ["Hall"]


def test_every_link_syntax() -> None:
    links = {
        "[[plain]]": ("plain", "plain"),
        "[[go on->plain]]": ("go on", "plain"),
        "[[a->b->plain]]": ("a->b", "plain"),
        "[[plain<-go back]]": ("go back", "plain"),
        "[[go|plain]]": ("go", "plain"),
        '[[go|plain][$x to "y"]]': ("go", "plain"),
        '<a data-passage="plain" class="x">walk</a>': ("walk", "plain"),
    }
    for written_link, wanted in links.items():
        story = twine({"Start": f"Here.\n\n{written_link}", "plain": "There."}, dialect="SugarCube")
        (way,) = story.choices
        assert (way.text, way.target) == wanted, written_link
        assert story.passages[0].text == "Here."


def test_a_link_out_of_the_story_is_only_words() -> None:
    story = twine({"Start": "Read [[the book->https://example.org/book]] first."})
    assert not story.choices
    assert play(story) == "Read the book first."


def test_a_link_within_a_sentence_stays_in_it_and_a_list_of_links_goes() -> None:
    story = twine(
        {
            "Start": "You see [[a door->Door]] here.\n\n* [[Knock->Door]]\n* [[Wait->Door]]\n"
            "[[Left->Door]] or [[right->Door]]",
            "Door": "Oak.",
        }
    )
    assert play(story) == "You see a door here."
    assert menu(story) == ["a door", "Knock", "Wait", "Left", "right"]


def test_loops_merges_and_missing_passages_are_kept() -> None:
    story = twine({"A": "A.\n[[B]]\n[[C]]", "B": "B.\n[[A]]\n[[C]]", "C": "C.\n[[Nowhere]]"})
    assert {(way.origin, way.target) for way in story.choices} == {
        ("A", "B"),
        ("A", "C"),
        ("B", "A"),
        ("B", "C"),
        ("C", "Nowhere"),
    }
    assert "One choice leads to a passage that does not exist." in story.notes


def test_text_that_must_not_reach_a_terminal_is_dropped() -> None:
    story = twine({"Start": "You\x1b]52;c;x\x07 see\u202e it.\n[[Go\x9b2J->B]]", "B": "B."})
    told = play(story) + "".join(menu(story))
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(told)


def test_several_stories_of_a_page_get_ids_of_their_own() -> None:
    one, other = page({"A": "One."}), page({"A": "Two."})
    first, second = read(one + other)
    assert (first.id, second.id) == ("page.html#The Door & I", "page.html#The Door & I (2)")
    assert read("<p>No story at all.</p>") == []


# ── Twine 1 ──────────────────────────────────────────────────────────────────────────────────────


def twine_1(passages: dict[str, str]) -> str:
    divs = "".join(f'<div tiddler="{name}" tags="">{text}</div>' for name, text in passages.items())
    return f'<title>Old</title><div id="storeArea" data-size="2" hidden>{divs}</div>'


def test_twine_1_is_escaped_twice() -> None:
    (story,) = read(
        twine_1(
            {
                "Start": r"A field.\n\tWide &amp; flat.\n[[North|Wood]]",
                "Wood": r"Trees.&lt;&lt;set $a = 1&gt;&gt;",
                "StoryTitle": "An Old One",
            }
        )
    )
    assert story.title == "An Old One"
    assert play(story) == "A field.\n\nWide & flat."
    assert play(story, "North").endswith("Trees.")


def test_twine_1_may_be_turned_by_thirteen_places() -> None:
    (story,) = read(
        twine_1(
            {"StorySettings": "obfuscate:rot13", "Fgneg": "N svryq. [[Jbbq]]", "Jbbq": "Gerrf."}
        )
    )
    assert play(story) == "A field. Wood"
    assert play(story, "Wood").endswith("Trees.")


# ── Files ────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_is_recognised_with_its_story_far_down(tmp_path: Path) -> None:
    text = page({"Start": "Here."}).replace("<script>", "<script>" + "var y = 1;\n" * 20_000)
    path = written(tmp_path, {"far.html": text, "none.html": "<p>tw-story is a tag.</p>"})
    assert only(twine_html.FORMAT, path).passages[0].text == "Here."
    none = tmp_path / "none.html"
    assert not twine_html.FORMAT.recognises(none, none.read_bytes())


@pytest.mark.parametrize(
    "text",
    [
        "<tw-storydata>" + "<tw-passagedata " * 200_000,
        page({"Start": "[" * 200_000}),
        page({"Start": "(if: $a)[" * 50_000}),
        page({"Start": "<<if $a>>" * 50_000}, dialect="SugarCube"),
        page({"Start": "<" * 500_000 + ">>" * 1000}, dialect="SugarCube"),
        page({"Start": "<% if (a) { %>" * 50_000}, dialect="Snowman"),
        page({"Start": "{" * 200_000 + "[if a]\n" * 1000}, dialect="Chapbook"),
        page({f"P{n}": f'(display: "P{n + 1}")' * 2 for n in range(60)} | {"P60": "Boom."}),
        page({"Start": "//''~~" * 60_000}),
        page({"Start": "(" * 100_000 + "a:" * 100_000}),
        page({"Start": "[[" * 200_000 + "]]"}),
    ],
    ids="tags hooks ifs sc-ifs angles sm-ifs braces bomb marks macros links".split(),
)
def test_a_hostile_page_ends_in_time(text: str) -> None:
    with not_endless():
        try:
            read(text)
        except Unreadable as refusal:
            assert "page.html" in str(refusal)


PIECES = st.lists(
    st.sampled_from(
        """
        (if:~$a) [ ] [[A->B]] [[ ]] (link:~"x") (else:) (set:~$a~to~"b") ' " <<if~$a>> <<else>>
        <</if>> <<link~"x">> <</link>> >> << <%~if~(a)~{~%> <%~}~%> <% %> {embed~passage:~'B'} $a
        \n--\n \n[if~a]\n \n[else]\n \n _b word (display:~"A") (goto:~"B") <br> <b \\\n { } // '' `
        """.replace("\n        ", " ")
        .replace("\\n", "\n")
        .split(" ")
    ).map(lambda piece: piece.replace("~", " ")),
    max_size=30,
).map(" ".join)


@given(
    st.sampled_from(["Harlowe", "SugarCube", "Chapbook", "Snowman"]),
    PIECES | st.text(max_size=80),
    PIECES,
)
def test_any_text_in_any_dialect_is_read_or_refused(dialect: str, one: str, other: str) -> None:
    try:
        story = twine({"A": one, "B": other}, dialect=dialect)
    except Unreadable:
        return
    assert story.start in story.passages_by_id()
    assert not {"\ue000", "\ue001", "\ue002"} & set(" ".join(p.text for p in story.passages))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.html"
    path.write_bytes(b"<tw-storydata><tw-passagedata name='a'>" + data)
    try:
        list(twine_html.FORMAT.read(path, path.parent))
    except Unreadable as refusal:
        assert "any.html" in str(refusal)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_real_pages_leave_no_macros_in_prose() -> None:
    pages = sorted((CORPUS / "twine" / "cookbook").rglob("*.html"))
    assert len(pages) == 20
    for path in pages:
        (story,) = stories(twine_html.FORMAT, path)
        told = " ".join([*(p.text for p in story.passages), *(c.text for c in story.choices)])
        assert not [mark for mark in ("<<", ">>", "[[", "]]", "<%", "(set:", "{") if mark in told]
