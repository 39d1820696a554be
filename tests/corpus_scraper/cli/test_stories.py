import json
from pathlib import Path

import pytest

from corpus_scraper.graph import read_stories, write_stories
from dungeon.cli import main
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED, written
from tests.corpus_scraper.graphs import graph

STORY = ":: StoryTitle\nThe Field\n\n:: Start\nA field. [[North]]\n\n:: North\nA wood.\n"


@pytest.fixture
def grue(capsys):
    """Run the command and return its exit code, standard output and standard error."""

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(["stories", *map(str, arguments)])
        return ended.value.code or 0, *capsys.readouterr()

    return run


def test_stories_are_imported_and_checked(grue, tmp_path: Path) -> None:
    path = written(tmp_path, {"field.twee": STORY})
    output = tmp_path / "stories.jsonl"
    code, out, err = grue("import", path, "-o", output)
    assert (code, out.split()) == (0, ["twee", "1", "story", "2", "passages", "5", "words"])
    assert f"1 story written to {output}." in err
    (story,) = read_stories(output)
    assert story.title == "The Field"
    code, out, err = grue("check", output)
    assert code == 0
    assert err == ""
    assert "The Field (field.twee)" in out
    assert "2 passages, 1 choice, 1 ending, 5 words; licence unknown" in out
    assert "1 path\n" in out
    assert "Total: 1 story, " in out


def test_json_is_one_document(grue, tmp_path: Path) -> None:
    written(tmp_path, {"a/field.twee": STORY, "b/broken.twee": ":: StoryData\n{\n"})
    output = tmp_path / "stories.jsonl"
    code, out, err = grue("import", tmp_path, "-o", output, "--json", "--licence", "CC0-1.0")
    document = json.loads(out)
    assert code == 2
    assert document["stories"] == 1
    assert document["formats"] == {"twee": {"stories": 1, "passages": 2, "words": 5}}
    assert document["refused"][0] in err
    code, out, _ = grue("check", output, "--json")
    document = json.loads(out)
    assert code == 0
    assert document["all"]["passages"] == 2
    (story,) = document["stories"]
    assert (story["licence"], story["paths"], story["dead_ends"]) == ("CC0-1.0", 1, [])


def test_what_is_not_imported_is_named(grue, tmp_path: Path) -> None:
    files = {f"n{n:02}.dat": "x" for n in range(12)} | {"a.twee": STORY, "empty.txt": ""}
    written(tmp_path / "in", files)
    (tmp_path / "in" / "link.twee").symlink_to(tmp_path / "in" / "a.twee")
    output = tmp_path / "stories.jsonl"
    code, _, err = grue("import", tmp_path / "in", "-o", output)
    assert code == 0
    assert "Not imported, in no known story format: n00.dat, n01.dat" in err
    assert "n09.dat and 2 more" in err
    assert "Not imported, empty: empty.txt." in err
    assert "Not imported, symbolic links, which are not followed: link.twee." in err
    document = json.loads(grue("import", tmp_path / "in", "-o", output, "--json")[1])
    assert document["skipped"] == [f"n{n:02}.dat" for n in range(12)]
    assert (document["empty"], document["links"]) == (["empty.txt"], ["link.twee"])


def test_notes_are_shown_by_a_check(grue, tmp_path: Path) -> None:
    path = written(tmp_path, {"a.twee": ":: Start\nTiny. [[Nowhere]]\n"})
    output = tmp_path / "stories.jsonl"
    assert "1 story has notes on what was left out" in grue("import", path, "-o", output)[2]
    assert "note: One choice leads to a passage that does not exist." in grue("check", output)[1]
    (story,) = json.loads(grue("check", output, "--json")[1])["stories"]
    assert story["notes"] == ["One choice leads to a passage that does not exist."]


def test_a_refused_row_exits_with_two_and_the_others_are_written(grue, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "A fox."}\n{"foo": 1}\n{"text": "A hen."}\n')
    code, _, err = grue("import", path, "-o", tmp_path / "stories.jsonl")
    assert code == 2
    assert "refused  rows.jsonl: line 2 has no text" in err
    assert len(list(read_stories(tmp_path / "stories.jsonl"))) == 2


def test_nothing_is_written_without_a_story(grue, tmp_path: Path) -> None:
    output = tmp_path / "stories.jsonl"
    output.write_text("kept")
    code, out, err = grue("import", tmp_path / "gone", "-o", output)
    assert (code, out, output.read_text()) == (2, "", "kept")
    assert "No story was found" in err
    (tmp_path / "empty").mkdir()
    assert grue("import", tmp_path / "empty", "-o", output)[0] == 2
    assert output.read_text() == "kept"


def test_a_report_lists_unreachable_and_missing_passages(grue, tmp_path: Path) -> None:
    output = tmp_path / "stories.jsonl"
    lost = {f"lost {n}": "x" for n in range(8)}
    story = graph({"a": "A.", "b": "B."} | lost, ("a", "b"), ("b", "a"), ("b", "gone"))
    write_stories(output, [story])
    _, out, _ = grue("check", output)
    assert "8 passages unreachable: lost 0, lost 1, lost 2, lost 3, lost 4 and 3 more" in out
    assert "1 passage missing (a choice leads there): gone" in out
    assert "1 link back" in out


def test_a_report_counts_duplicate_ids(grue, tmp_path: Path) -> None:
    output = tmp_path / "stories.jsonl"
    write_stories(output, [graph({"a": "A."}), graph({"a": "B."})])
    assert "Duplicate ids: 1." in grue("check", output)[1]
    assert json.loads(grue("check", output, "--json")[1])["all"]["repeated"] == 1


def test_a_file_that_holds_no_stories_is_refused_with_its_line(grue, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("{}\n")
    code, _, err = grue("check", path)
    assert code == 2
    assert "line 1 is no story" in err
    assert grue("check", tmp_path / "gone.jsonl")[0] == 2


def test_an_empty_file_of_commands_is_refused(grue, tmp_path: Path) -> None:
    (tmp_path / "walk.txt").write_text("# nothing\n")
    code, _, err = grue(
        "import", tmp_path, "-o", tmp_path / "o", "--commands", tmp_path / "walk.txt"
    )
    assert code == 2
    assert "has no commands" in err


def test_the_help_lists_every_subcommand(grue) -> None:
    code, out, _ = grue("--help")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[-3:]] == ["scrape", "import", "check"]


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_zork_becomes_a_story(grue, tmp_path: Path) -> None:
    walk = tmp_path / "walk.txt"
    walk.write_text("open mailbox\nread leaflet\nnorth\n")
    output = tmp_path / "zork.jsonl"
    code, out, _ = grue("import", CORPUS / "zork" / "zork1", "--commands", walk, "-o", output)
    assert code == 0
    assert out.split()[:3] == ["z-machine", "1", "story"]
    (story,) = read_stories(output)
    assert story.licence == "MIT"


def test_the_largest_file_to_read_is_an_option(grue, tmp_path: Path) -> None:
    path = written(tmp_path, {"field.twee": STORY})
    output = tmp_path / "stories.jsonl"
    code, _, err = grue("import", path, "-o", output, "--max-bytes", "10")
    assert code == 2
    assert (
        "field.twee: it is larger than 10 bytes: it has 71 bytes. To read it, set a higher" in err
    )
    code, _, _ = grue("import", path, "-o", output, "--max-bytes", len(STORY.encode()))
    assert code == 0
