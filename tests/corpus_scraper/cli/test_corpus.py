import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from corpus_scraper.cli.corpus import corpus
from dungeon.cli import main
from dungeon.errors import InputRefused
from tests.corpus_scraper.stories import file, stories, story


def run(*arguments: object) -> Result:
    return CliRunner().invoke(corpus, [str(each) for each in arguments], catch_exceptions=False)


def test_build_and_report(tmp_path: Path) -> None:
    source = file(tmp_path, list(stories(25)))
    built = run("build", source, "-o", tmp_path / "corpus", "--seed", 7)
    assert built.exit_code == 0
    assert [line.split(":")[0] for line in built.stdout.splitlines()] == [
        "train", "validation", "test",
    ]  # fmt: skip
    assert "25 stories read, of which 25 pass the filters" in built.stderr
    manifest = json.loads((tmp_path / "corpus" / "manifest.json").read_text())
    assert manifest["settings"]["seed"] == 7

    told = run("report", tmp_path / "corpus")
    assert told.exit_code == 0
    assert told.stdout.startswith("Sizes\n  train: ")
    assert (tmp_path / "corpus" / "report.png").read_bytes().startswith(b"\x89PNG")

    again = run("build", source, "-o", tmp_path / "corpus", "--json")
    assert json.loads(again.stdout)["splits"]["train"]["documents"] > 0
    assert not (tmp_path / "corpus" / "report.png").exists()


def test_what_is_left_out_is_told_apart_from_what_is_in_the_corpus(tmp_path: Path) -> None:
    again = [replace(story(number), id=f"again {number}") for number in range(2)]
    unknown = story(20, licence="unknown")
    built = run("build", file(tmp_path, [*stories(10), *again, unknown]), "-o", tmp_path / "corpus")
    assert "13 stories read, of which 12 pass the filters. Looking for duplicates" in built.stderr
    assert "In the corpus: 10 of 13 stories. excluded.jsonl lists" in built.stderr


ADVENTURE = """You stand at the gate of town {}. A guard named Otto{} leans on it.

> You open gate {}.

Gate {} swings open with a groan, and the guard steps aside.

> You greet guard Otto{}.

Otto{} nods and counts the coins in his left hand, slowly, one by one.

> You enter town {}.

The market of town {} is shutting. A woman folds an awning and looks up.
"""


def test_a_folder_of_story_files_is_imported_first(tmp_path: Path) -> None:
    folder = tmp_path / "tales"
    folder.mkdir()
    (folder / "LICENSE").write_text("SPDX-License-Identifier: CC0-1.0\n\nCC0 1.0 Universal\n")
    for number in range(12):
        (folder / f"{number}.txt").write_text(ADVENTURE.replace("{}", str(number)))
    built = run("build", folder, "-o", tmp_path / "corpus", "--min-words", 1)
    assert built.exit_code == 0
    assert "12 stories imported" in built.stderr
    manifest = json.loads((tmp_path / "corpus" / "manifest.json").read_text())
    assert manifest["inputs"][0]["name"] == "tales.jsonl"
    assert manifest["licences"].keys() == {"CC0-1.0"}


def test_files_of_stories_in_a_folder_are_read_beside_what_is_imported(tmp_path: Path) -> None:
    folder = tmp_path / "tales"
    (folder / "scraped").mkdir(parents=True)
    file(folder / "scraped", list(stories(5)))
    only = run("build", folder, "-o", tmp_path / "only", "--licence", "any")
    assert "5 stories read" in only.stderr
    assert "imported" not in only.stderr

    (tmp_path / "only").rename(folder / "corpus")  # whose list of works is no file of stories
    (folder / "mine.txt").write_text(ADVENTURE)
    (folder / "other.jsonl").write_text('{"id": 1}\n')
    both = run("build", folder, "-o", tmp_path / "both", "--licence", "any")
    assert "1 story imported" in both.stderr
    assert "6 stories read" in both.stderr
    manifest = json.loads((tmp_path / "both" / "manifest.json").read_text())
    assert len(manifest["inputs"]) == 2


def test_a_build_that_refused_a_row_exits_with_two(tmp_path: Path) -> None:
    source = tmp_path / "tales.jsonl"
    rows = [{"text": ADVENTURE.replace("{}", str(n))} for n in range(3)]
    lines = [json.dumps(row) for row in (*rows, {"url": "x"})]
    source.write_text("\n".join(lines), "utf-8")
    built = run("build", source, "-o", tmp_path / "corpus", "--licence", "any", "--min-words", 1)
    assert built.exit_code == 2
    assert "refused  tales.jsonl: line 4 has no text" in built.stderr
    assert (tmp_path / "corpus" / "train.jsonl").exists()


def test_rows_of_conversations_are_imported_first(tmp_path: Path) -> None:
    def message(role: str, content: str) -> dict[str, str]:
        return {"role": role, "content": content}

    told = "Gate {} swings open with a groan, and the guard of town {} steps aside for you."
    rows = [
        {
            "license": "cc0-1.0",
            "messages": [
                message("system", f"The town {n} is shut."),
                message("user", "The guard looks up.\n\nHe knows you."),
                message("assistant", f"You stand at gate {n}."),
                message("user", "open the gate"),
                message("assistant", told.format(n, n)),
            ],
        }
        for n in range(12)
    ]
    source = tmp_path / "chats.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    built = run("build", source, "-o", tmp_path / "corpus", "--min-words", 1,
                "--dedup-threshold", 1, "--max-work-share", 1)  # fmt: skip
    assert built.exit_code == 0
    assert "12 stories imported" in built.stderr
    records = (tmp_path / "corpus" / "train.jsonl").read_text().splitlines()
    first = json.loads(records[0])
    n = first["work"].removeprefix("chats.jsonl#")
    assert (first["licence"], first["source"]) == ("cc0-1.0", "chats")
    assert [(span["train"], span["text"]) for span in first["spans"]] == [
        (False, f"The town {int(n) - 1} is shut.\n\nThe guard looks up.\n\nHe knows you."),
        (True, f"\n\nYou stand at gate {int(n) - 1}.\n\n> You open the gate.\n\n"
         + told.format(int(n) - 1, int(n) - 1)),
    ]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_folder_without_stories_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputRefused, match="holds no story"):
        run("build", tmp_path / "empty", "-o", tmp_path / "corpus")


def test_random_documents_to_read(tmp_path: Path) -> None:
    run("build", file(tmp_path, list(stories(25))), "-o", tmp_path / "corpus")

    def headings(*arguments: object) -> list[str]:
        told = run("report", tmp_path / "corpus", "--no-plot", "--sample", *arguments).stdout
        assert all(len(line) <= 100 for line in told.split("\nSample\n")[1].split("\n"))
        return [line for line in told.split("\n") if line.startswith("── ")]

    assert len(headings(5)) == 5
    assert headings(5, "--seed", 1) == headings(5, "--seed", 1) != headings(5)
    told = run("report", tmp_path / "corpus", "--no-plot", "--json", "--sample", 1000)
    document = json.loads(told.stdout)
    sizes = [split["documents"] for split in document["manifest"]["splits"].values()]
    assert len(document["sample"]) == sum(sizes)
    assert {"split", "number", "work", "spans"} <= document["sample"][0].keys()


def test_the_report_as_json(tmp_path: Path) -> None:
    run("build", file(tmp_path, list(stories(25))), "-o", tmp_path / "corpus")
    told = run("report", tmp_path / "corpus", "--json", "--no-plot")
    assert json.loads(told.stdout)["manifest"]["format"] == "grue-corpus"
    assert not (tmp_path / "corpus" / "report.png").exists()


@pytest.mark.parametrize("perspective", ["keep", "convert", "second-only"])
def test_the_perspective_is_a_setting(tmp_path: Path, perspective: str) -> None:
    source = file(tmp_path, list(stories(5)))
    run("build", source, "-o", tmp_path / "corpus", "--perspective", perspective)
    manifest = json.loads((tmp_path / "corpus" / "manifest.json").read_text())
    assert manifest["settings"]["perspective"] == perspective


def test_warnings_are_printed(tmp_path: Path) -> None:
    built = run("build", file(tmp_path, [story(1)]), "-o", tmp_path / "corpus")
    assert "Warning: test is empty" in built.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dedup-threshold", "2"], "--dedup-threshold must be between"),
        (["--licence", "free"], "cannot be “free”"),
        (["--perspective", "third"], "cannot be “third”"),
        ([], "is no story"),
    ],
)
def test_what_is_refused_exits_with_two_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    (tmp_path / "stories.jsonl").write_text("{}")
    with pytest.raises(SystemExit) as left:
        main(["corpus", "build", str(tmp_path / "stories.jsonl"), "-o", str(tmp_path / "corpus"),
              *options])  # fmt: skip
    assert left.value.code == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["stories.jsonl"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("manifest.json", '{"format": "grue-corpus", "version": 1}'),
        ("train.jsonl", "[1]\n"),
        ("train.jsonl", '{"spans": [3]}\n'),
        ("excluded.jsonl", "null\n"),
    ],
)
def test_a_damaged_corpus_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str
) -> None:
    run("build", file(tmp_path, [story(1)]), "-o", tmp_path / "corpus")
    (tmp_path / "corpus" / name).write_text(text)
    with pytest.raises(SystemExit) as left:
        main(["corpus", "report", str(tmp_path / "corpus")])
    assert left.value.code == 2
    assert "is damaged" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["corpus", "build", str(tmp_path / "gone"), "-o", str(tmp_path / "corpus")])
    assert left.value.code == 2
    assert "cannot be read" in capsys.readouterr().err
    with pytest.raises(SystemExit) as left:
        main(["corpus", "report", str(tmp_path / "gone")])
    assert left.value.code == 2
