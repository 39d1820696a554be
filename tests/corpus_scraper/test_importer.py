import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper import formats
from corpus_scraper.formats.story_file import MAX_BYTES, Unreadable, limit_size
from corpus_scraper.graph import StoryGraph
from corpus_scraper.importer import ImportSummary, import_stories
from dungeon.errors import InputRefused
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED, written
from tests.patience import not_endless

MIT = "Permission is hereby granted, free of charge, to any person obtaining a copy"
STORY = ":: Start\nA field. [[North]]\n\n:: North\nA wood.\n"


def imported(*paths: Path, **options) -> tuple[list[StoryGraph], ImportSummary]:
    summary = ImportSummary()
    return list(import_stories(paths, summary, **options)), summary


def test_a_folder_is_searched_and_other_files_are_skipped(tmp_path: Path) -> None:
    written(
        tmp_path,
        {
            "a/one.twee": STORY,
            "a/LICENSE": MIT,
            "b/two.twee": STORY,
            "b/notes.md": "# Notes",
            ".git/three.twee": STORY,
        },
    )
    found, summary = imported(tmp_path)
    assert [(story.id, story.licence) for story in found] == [
        ("a/one.twee", "MIT"),
        ("b/two.twee", "unknown"),
    ]
    assert (summary.stories["twee"], summary.passages["twee"], summary.words["twee"]) == (2, 4, 10)
    assert (summary.skipped, summary.refused) == (["b/notes.md"], [])


def test_markdown_is_read_as_text_with_its_front_matter(tmp_path: Path) -> None:
    prose = "The road went on, and nobody could say where it would end. It was long.\n\n" * 30
    front = "---\ntitle: The Road\nlicence: CC0-1.0\n---\n\n"
    played = f"{front}A cave.\n\n> You look.\n\nIt is dark.\n\n> You go north.\n\nThe sea.\n"
    files = {
        "a.md": f"{front}# Dusk\n\n{prose}",
        "b.md": played,
        "README.md": prose,
        "GUIDE.md": prose,
    }
    written(tmp_path, files)
    (book, play), summary = imported(tmp_path)
    assert (book.title, book.licence) == ("The Road", "CC0-1.0")
    assert not any("#" in each.text or "---" in each.text for each in book.passages)
    assert (play.source.parser, play.licence) == ("adventure", "CC0-1.0")
    assert summary.skipped == ["GUIDE.md", "README.md"]


def test_a_story_without_licence_gets_the_given_one(tmp_path: Path) -> None:
    written(tmp_path, {"a/one.twee": STORY, "a/LICENSE": MIT, "two.twee": STORY})
    found, _ = imported(tmp_path, licence="CC0-1.0")
    assert {story.id: story.licence for story in found} == {
        "a/one.twee": "MIT",
        "two.twee": "CC0-1.0",
    }


def test_what_is_broken_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    written(
        tmp_path,
        {
            "a.twee": ":: StoryData\n{nope\n\n:: Start\nHm.\n",
            "b.twee": STORY,
            "c.json": '{"inkVersion": 21, "root": 3}',
        },
    )
    found, summary = imported(tmp_path, tmp_path / "gone", tmp_path / "b.twee")
    assert [story.id for story in found] == ["b.twee"]  # once, though it was named twice
    assert summary.refused[0] == "a.twee, line 1: the passage StoryData is no JSON object."
    assert summary.refused[1].startswith("c.json: ")
    assert summary.refused[2].endswith("gone: there is no such file or folder.")


def test_the_size_limit_can_be_set_and_its_refusal_says_how(tmp_path: Path) -> None:
    path = tmp_path / "field.twee"
    path.write_text(STORY, "utf-8")
    with limit_size(len(STORY) - 1):
        found, summary = imported(path)
    assert not found
    assert f"larger than {len(STORY) - 1} bytes" in summary.refused[0]
    assert "--max-bytes" in summary.refused[0]
    path.write_text(STORY + "A wide wood.\n" * (MAX_BYTES // 12), "utf-8")
    with limit_size(2 * MAX_BYTES):
        assert len(imported(path)[0]) == 1
    assert not imported(path)[0]


TRANSCRIPT = "A cave.\n\n> look\n\nIt is dark.\n\n> go north\n\nThe sea, caf\u00e9 and all.\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_marked_encoding_and_line_end_is_recognised(
    tmp_path: Path, codec: str, line_end: str
) -> None:
    path = tmp_path / "cave.txt"
    path.write_bytes(TRANSCRIPT.replace("\n", line_end).encode(codec))
    (story,), summary = imported(path)
    assert [choice.text for choice in story.choices] == ["look", "go north"]
    assert story.passages[-1].text == "The sea, caf\u00e9 and all."
    assert not summary.refused


def test_a_file_that_is_named_and_is_no_story_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, {"notes.md": "# Notes"})
    found, summary = imported(path)
    assert found == []
    assert summary.refused == ["notes.md: this is in no story format that Grue knows."]


def test_stories_of_several_folders_keep_names_of_their_own(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        written(tmp_path / folder, {"story.twee": STORY})
    found, _ = imported(tmp_path / "a", tmp_path / "b")
    assert [story.id for story in found] == ["story.twee", "story.twee (2)"]


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = written(tmp_path / "outside", {"secret.twee": STORY})
    inside = tmp_path / "inside"
    written(inside, {"text/one.xhtml": "<p>x</p>", "s/startup.txt": "*title T\nHi.\n*finish\n"})
    (inside / "file.twee").symlink_to(outside)
    (inside / "folder").symlink_to(outside.parent)
    (inside / "ring").symlink_to(inside)
    (inside / "s" / "other.txt").symlink_to(outside)
    (inside / "text" / "one.xhtml").unlink()
    (inside / "text" / "one.xhtml").symlink_to(outside)
    found, summary = imported(inside)
    assert all("A wood." not in passage.text for story in found for passage in story.passages)
    assert len(summary.links) == 4
    assert "s/other.txt: it is outside of the folder that is imported." in summary.refused


@pytest.mark.parametrize("name", ["../secret.ink", "/etc/hostname", "a" * 300, "a\x01b"])
def test_an_included_file_cannot_lead_out(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.ink").write_text("The password is swordfish.\n")
    written(tmp_path / "in", {"main.ink": f"INCLUDE {name}\nHello.\n-> END\n"})
    found, summary = imported(tmp_path / "in")
    assert found == []
    assert "main.ink, line 1" in summary.refused[0]


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.twee")
    os.mkfifo(tmp_path / "startup.txt")
    written(tmp_path, {"real.twee": STORY})
    found, _ = imported(tmp_path)
    assert [story.id for story in found] == ["real.twee"]
    _, summary = imported(tmp_path / "pipe.twee")
    assert "there is no such file" in summary.refused[0]


def test_a_z_machine_game_asks_for_commands(tmp_path: Path) -> None:
    game = tmp_path / "game.z3"
    game.write_bytes(bytes([3]) + bytes(17) + b"880429" + bytes(40))
    _, summary = imported(game)
    assert "--commands" in summary.refused[0]
    _, summary = imported(tmp_path)
    assert (summary.refused, summary.skipped) == ([], ["game.z3"])
    _, summary = imported(game, commands=["look"])
    assert "the game cannot be played on" in summary.refused[0]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", b'{"inkVersion":21,"root":' + b"[" * 200_000),
        ("a.json", b'{"first_story_block":' + b"[" * 200_000),
        ("a.json", b'{"format": "grue adventure", "x": NaN}'),
        ("a.json", b'{"format": "grue adventure", "version": ' + b"9" * 9_999 + b"}"),
        ("a.twee", b":: Start\n" + b"x" * (MAX_BYTES + 1)),
        ("a.twee", b":: Start\n\xff\xfe"),
        ("a.twee", b":: Start\n\0"),
        ("a.html", b"<tw-storydata>" + b"<tw-passagedata name='" * 100_000),
        ("a.epub", b"PK\x03\x04" + b"\0" * 1_000_000),
        ("a.ink", b"{" * 200_000),
        ("startup.txt", b"*choice\n" + b"".join(b" " * n + b"#a\n" for n in range(2_000))),
    ],
    ids="ink tree nan digits huge bytes nul html zip braces deep".split(),
)
def test_hostile_files_are_refused_at_once(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with not_endless():
        found, summary = imported(path)
    assert found == []
    (refusal,) = summary.refused
    assert refusal.startswith(name)
    assert refusal.endswith(".")


def test_folders_within_folders_end(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*(["d"] * 60))
    deep.mkdir(parents=True)
    (deep / "a.twee").write_text(STORY)
    found, summary = imported(tmp_path)
    assert found == []
    assert "nested too deep" in summary.refused[0]


def test_more_files_than_stories_are_made_of_are_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("corpus_scraper.importer.MAX_FILES", 3)
    written(tmp_path, {f"{n}.md": "x" for n in range(5)})
    with pytest.raises(InputRefused, match="more than 3 files"):
        imported(tmp_path)


SUFFIXES = "twee tw html xhtml txt json ink csv epub yaml md z3 egb.txt scene.dry".split()


@given(st.sampled_from(SUFFIXES), st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_file_is_read_skipped_or_refused(tmp_path_factory, suffix: str, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"any.{suffix}"
    path.write_bytes(data)
    try:
        for story in formats.read(path):
            assert story.passages
    except Unreadable as refusal:
        assert "any." in str(refusal)
    path.unlink()


def test_every_format_has_a_name_of_its_own_kind() -> None:
    assert {each.name for each in formats.formats()} >= {"twine", "twee", "epub", "transcript"}
    assert all(each.name == each.name.lower() for each in formats.formats())


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_real_folders_are_imported_whole() -> None:
    folders = ("twine", "ink", "dendry", "aidungeon-upwork", "open-adventure", "counterfeit-monkey")
    found, summary = imported(*(CORPUS / folder for folder in folders))
    assert len(found) > 150
    assert all(refusal.endswith("there is no text in it.") for refusal in summary.refused)
    assert {story.source.parser for story in found} >= {"twine", "twee", "ink", "dendry", "regtest"}
    for story in found:
        assert story.start in story.passages_by_id()
        for passage in story.passages:
            assert not {"\x1b", "\u202e", "\ue000", "\ue001"} & set(passage.text)
