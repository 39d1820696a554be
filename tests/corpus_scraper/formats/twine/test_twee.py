from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.formats.twine import twee
from corpus_scraper.importer import ImportSummary, import_stories
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

STORY = """
    :: StoryTitle
    The Gate

    :: StoryData
    {"ifid": "X", "format": "SugarCube", "start": "Gate"}

    :: StoryAuthor
    A. N. Other

    :: Gate [outside night] {"position": "1,2"}
    A gate. <<if $a>><</if>>
    [[Knock->In\\side]]

    :: UserScript [script]
    var gate;

    :: In\\\\side
    A yard.
"""


def test_a_file_is_a_story(tmp_path: Path) -> None:
    story = only(twee.FORMAT, written(tmp_path, {"gate.twee": STORY}))
    assert (story.title, story.author, story.start) == ("The Gate", "A. N. Other", "Gate")
    assert play(story) == "A gate."
    assert play(story, "Knock").endswith("A yard.")


def test_names_may_hold_escaped_brackets(tmp_path: Path) -> None:
    story = only(twee.FORMAT, written(tmp_path, {"a.twee": ":: Start \\[1\\] [x]\nOne.\n"}))
    assert [passage.id for passage in story.passages] == ["Start [1]"]


@pytest.mark.parametrize("dialect", ["Harlowe", "SugarCube", "Chapbook", "Snowman"])
def test_lines_of_prose_may_start_with_colons(tmp_path: Path, dialect: str) -> None:
    text = (
        f':: StoryData\n{{"format": "{dialect}"}}\n\n:: Start\nA plate says\n\\:: KEEP OUT ::\n'
        "and\n:::::::\n::\n  :: nothing else.\n\n:: Two\nAway.\n"
    )
    story = only(twee.FORMAT, written(tmp_path, {"a.twee": text}))
    assert [passage.id for passage in story.passages] == ["Start", "Two"]
    assert play(story).split("\n\n") == [
        "A plate says",
        ":: KEEP OUT ::",
        "and",
        ":::::::",
        "::",
        ":: nothing else.",
    ]


def test_the_files_of_a_folder_are_one_story_where_one_has_its_title(tmp_path: Path) -> None:
    written(
        tmp_path,
        {
            "b.tw": ":: StoryTitle\nTwo Parts\n\n:: Start\nOne. [[Next]]\n",
            "a.tw": ":: Next\nTwo.\n",
        },
    )
    story = only(twee.FORMAT, tmp_path / "b.tw")
    assert menu(story) == ["Next"]
    assert play(story, "Next") == "One. Next\n\nTwo."
    assert stories(twee.FORMAT, tmp_path / "a.tw") == []


GARDEN = ":: StoryTitle\nThe Garden\n\n:: Start\nA garden. [[Hall]]\n"


def test_a_file_with_another_start_is_a_story_of_its_own(tmp_path: Path) -> None:
    hall, tiny = ":: Hall\nA hall.\n", ":: Start\nTiny.\n"
    written(tmp_path, {"garden.twee": GARDEN, "hall.twee": hall, "tiny.twee": tiny})
    story = only(twee.FORMAT, tmp_path / "garden.twee")
    assert story.notes == ("Joined from 2 files: garden.twee, hall.twee.",)
    assert play(story, "Hall").endswith("A hall.")
    assert play(only(twee.FORMAT, tmp_path / "tiny.twee")) == "Tiny."


def test_the_second_passage_of_one_name_is_refused_with_its_line(tmp_path: Path) -> None:
    other = ":: Attic\nAn attic.\n\n:: Hall\nAnother hall.\n"
    written(tmp_path, {"garden.twee": f"{GARDEN}\n:: Hall\nA hall.\n", "other.twee": other})
    read = twee.FORMAT.read(tmp_path / "garden.twee", tmp_path)
    assert play(next(read), "Hall").endswith("A hall.")
    with pytest.raises(Unreadable, match=r"other\.twee, line 4: .*“Hall” already, in garden\.twee"):
        next(read)


def test_files_without_a_title_stand_for_themselves(tmp_path: Path) -> None:
    written(tmp_path, {"a.tw": ":: Start\nA.\n", "b.tw": ":: Start\nB.\n"})
    assert [play(only(twee.FORMAT, tmp_path / name)) for name in ("a.tw", "b.tw")] == ["A.", "B."]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (":: Start\n<<set $a to 1>>Now.", "Now."),
        (":: Start\n(set: $a to 1)Now.", "Now."),
        (":: Start\n<% s.a = 1 %>Now.", "Now."),
        (":: Start\n[if a]\nNow it is.\n[continue]\n", "Now it is."),
    ],
)
def test_the_story_format_is_guessed_from_macros(tmp_path: Path, text: str, wanted: str) -> None:
    story = only(twee.FORMAT, written(tmp_path, {"a.twee": text}))
    assert wanted in [passage.text for passage in story.passages]


def test_broken_data_is_refused_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, {"a.twee": ":: Start\nA.\n\n:: StoryData\n{nope\n"})
    with pytest.raises(Unreadable, match=r"a\.twee, line 4: the passage StoryData"):
        only(twee.FORMAT, path)


def test_a_line_that_only_begins_like_a_passage_takes_no_time(tmp_path: Path) -> None:
    text = ":: Start\nHere.\n" + ("::" + " \t" * 400 + "[" + "a " * 400 + "\n") * 200
    with not_endless():
        assert play(only(twee.FORMAT, written(tmp_path, {"a.twee": text}))).startswith("Here.")


def test_prose_with_colons_is_no_twee(tmp_path: Path) -> None:
    path = written(tmp_path, {"a.txt": "Note:: this is prose.\n:: So is this.\n"})
    assert not twee.FORMAT.recognises(path, path.read_bytes())


@given(st.text(max_size=150))
def test_any_text_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "anytwee" / "a.twee"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f":: Start\n{text}", encoding="utf-8", errors="replace")
    try:
        list(twee.FORMAT.read(path, path.parent))
    except Unreadable as refusal:
        assert "a.twee" in str(refusal)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_real_games_have_no_macros_in_their_text() -> None:
    games = CORPUS / "twine" / "brisberg" / "games"
    crawl = only(twee.FORMAT, games / "cellar-crawl" / "main.twee")
    assert crawl.title == "Cellar Crawl"
    assert play(crawl).startswith("You stand at the bottom of a ladder into a dark cellar.")
    journey = only(twee.FORMAT, games / "journey" / "main.tw")
    assert menu(journey) == ["Embark"]
    for story in (crawl, journey):
        told = " ".join(passage.text for passage in story.passages)
        assert not [mark for mark in ("<<", "[[", "(set:", "(if:", "]<") if mark in told]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the files that were looked into for whether they are part of another one's story."""
    looked: list[Path] = []
    head = twee.read_head

    def read_head(path: Path, size: int) -> bytes:
        looked.append(path)
        return head(path, size)

    monkeypatch.setattr(twee, "read_head", read_head)
    return looked


def test_in_a_folder_of_stories_few_other_files_are_looked_into(
    tmp_path: Path, looked: list[Path]
) -> None:
    titled = {f"{number:02}.twee": STORY.replace("The Gate", str(number)) for number in range(20)}
    written(tmp_path, titled)
    for name in titled:
        assert len(list(twee.FORMAT.read(tmp_path / name, tmp_path))) == 1
    assert len(looked) == 2 * len(titled)


def test_an_import_looks_into_a_folder_without_titles_once(
    tmp_path: Path, looked: list[Path]
) -> None:
    untitled = {f"{number:02}.twee": f":: Start\nRoom {number}.\n" for number in range(20)}
    written(tmp_path, untitled)
    assert len(list(import_stories([tmp_path], ImportSummary()))) == len(untitled)
    assert sorted(path.name for path in looked) == sorted(untitled)


def test_the_next_import_sees_what_has_changed_in_a_folder(tmp_path: Path) -> None:
    written(tmp_path, {"a.tw": ":: Start\nOne. [[Next]]\n", "b.tw": ":: Next\nTwo.\n"})
    assert len(list(import_stories([tmp_path], ImportSummary()))) == 2
    (tmp_path / "a.tw").write_text(":: StoryTitle\nTwo Parts\n\n:: Start\nOne. [[Next]]\n")
    [story] = import_stories([tmp_path], ImportSummary())
    assert play(story, "Next") == "One. Next\n\nTwo."
