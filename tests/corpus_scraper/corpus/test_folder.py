import errno
import os
from pathlib import Path

import pytest

from corpus_scraper.corpus import folder as folders
from corpus_scraper.corpus.folder import MANIFEST, fresh, read_lines, read_manifest, write_json
from dungeon.errors import GrueError, InputRefused

MINE = {"format": folders.FORMAT, "version": folders.VERSION}


def make(target: Path, mark: str = "new") -> None:
    with fresh(target) as made:
        write_json(made / MANIFEST, {**MINE, "mark": mark})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_comes_to_be_as_a_whole(tmp_path: Path) -> None:
    with fresh(tmp_path / "a" / "corpus") as made:
        write_json(made / MANIFEST, dict(MINE))
        assert not (tmp_path / "a" / "corpus").exists()
    assert read_manifest(tmp_path / "a" / "corpus") == MINE
    assert names(tmp_path / "a") == ["corpus"]


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    make(tmp_path / "corpus", "old")

    def fail_half_way() -> None:
        with fresh(tmp_path / "corpus") as made:
            (made / "train.jsonl").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert names(tmp_path) == ["corpus"]
    assert read_manifest(tmp_path / "corpus")["mark"] == "old"


def test_an_earlier_corpus_gives_way(tmp_path: Path) -> None:
    make(tmp_path / "corpus", "old")
    (tmp_path / "corpus" / "report.png").write_bytes(b"drawn since")
    make(tmp_path / "corpus")
    assert read_manifest(tmp_path / "corpus")["mark"] == "new"
    assert names(tmp_path) == ["corpus"]
    assert names(tmp_path / "corpus") == [MANIFEST]


def test_an_empty_folder_gives_way(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    make(tmp_path / "corpus")
    assert names(tmp_path) == ["corpus"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"diary.txt": "Dear diary"}, "diary.txt lies in it"),
        ({MANIFEST: "{}"}, "it is no corpus"),
        ({MANIFEST: "not JSON"}, "it is no corpus"),
        ({"README.md": "mine"}, "it is no corpus"),
        ({MANIFEST: '{"format": "grue-corpus", "version": 1}', "notes.txt": "mine"}, "notes.txt"),
    ],
)
def test_what_is_foreign_is_never_replaced(
    tmp_path: Path, files: dict[str, str], said: str
) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    for name, text in files.items():
        (target / name).write_text(text)
    with pytest.raises(InputRefused, match=said):
        make(target)
    assert {path.name: path.read_text() for path in target.iterdir()} == files
    assert names(tmp_path) == ["folder"]


def test_what_was_put_there_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    def write_meanwhile() -> None:
        with fresh(tmp_path / "corpus"):
            (tmp_path / "corpus").mkdir()
            (tmp_path / "corpus" / "diary.txt").write_text("Dear diary")

    with pytest.raises(InputRefused, match=r"diary\.txt"):
        write_meanwhile()
    assert names(tmp_path) == ["corpus"]
    assert names(tmp_path / "corpus") == ["diary.txt"]


def test_a_file_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "corpus").write_text("mine")
    with pytest.raises(InputRefused, match="is a file"):
        make(tmp_path / "corpus")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(GrueError, match="could not be written to"):
        make(tmp_path / "corpus")
    tmp_path.chmod(0o700)


def test_a_full_disk_is_told_of_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(GrueError, match="No space left"), fresh(tmp_path / "corpus"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "grue corpus build"),
        ("{", "damaged"),
        ("[" * 200_000, "damaged"),
        ("[]", "no manifest"),
        ('{"format": "grue-corpus", "version": 99}', "another version"),
    ],
)
def test_what_is_no_corpus_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(InputRefused, match=said):
        read_manifest(tmp_path)


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"id": 1}\n{"id":\n')
    with pytest.raises(InputRefused, match=r"train\.jsonl, line 2 is damaged"):
        list(read_lines(tmp_path / "train.jsonl"))
    with pytest.raises(InputRefused, match="cannot be read"):
        list(read_lines(tmp_path / "gone.jsonl"))
