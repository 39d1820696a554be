from pathlib import Path

import pytest

from training.trainer import checkpoints


def write_checkpoint(root: Path, step: int, text: str = "weights") -> Path:
    folder = checkpoints.checkpoint_path(root, step)
    part = checkpoints.begin(folder)
    (part / "a.bin").write_text(text, encoding="utf-8")
    (part / "inner").mkdir()
    (part / "inner" / "b.bin").write_text(text, encoding="utf-8")
    checkpoints.commit(part, folder)
    return folder


def test_a_checkpoint_appears_complete(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path, 10)
    assert checkpoints.is_complete(folder)
    assert checkpoints.find_latest(tmp_path) == folder
    assert (folder / "inner" / "b.bin").read_text(encoding="utf-8") == "weights"
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoint-10"]


def test_an_interrupted_save_starts_again_empty(tmp_path: Path) -> None:
    left = checkpoints.begin(tmp_path / "checkpoint-10")
    (left / "half.bin").touch()
    assert checkpoints.find_latest(tmp_path) is None
    folder = write_checkpoint(tmp_path, 10)
    assert not (folder / "half.bin").exists()


@pytest.mark.parametrize("damage", ["truncated", "changed", "missing", "no manifest"])
def test_a_damaged_checkpoint_is_ignored(tmp_path: Path, damage: str) -> None:
    good, damaged = write_checkpoint(tmp_path, 9), write_checkpoint(tmp_path, 10)
    file = damaged / "inner" / "b.bin"
    match damage:
        case "truncated":
            file.write_text("weigh", encoding="utf-8")
        case "changed":
            file.write_text("weighty", encoding="utf-8")
        case "missing":
            file.unlink()
        case _:
            (damaged / checkpoints.MANIFEST).unlink()
    assert checkpoints.find_latest(tmp_path) == good


def test_the_latest_has_the_highest_step_not_the_last_name(tmp_path: Path) -> None:
    for step in (9, 10, 100):
        write_checkpoint(tmp_path, step)
    assert checkpoints.find_latest(tmp_path) == tmp_path / "checkpoint-100"


def test_a_step_that_is_reached_again_is_saved_again(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, 10, "torn")
    folder = write_checkpoint(tmp_path, 10, "whole")
    assert (folder / "a.bin").read_text(encoding="utf-8") == "whole"
    assert checkpoints.is_complete(folder)


def test_the_latest_and_the_best_are_kept(tmp_path: Path) -> None:
    for step in (1, 2, 3, 4):
        write_checkpoint(tmp_path, step)
    checkpoints.prune(tmp_path, best=2)
    assert [
        checkpoints.checkpoint_step(folder) for folder in checkpoints.list_checkpoints(tmp_path)
    ] == [2, 4]
    checkpoints.prune(tmp_path, best=4)
    assert [
        checkpoints.checkpoint_step(folder) for folder in checkpoints.list_checkpoints(tmp_path)
    ] == [4]


def test_what_any_interrupted_save_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (checkpoints.begin(tmp_path / "checkpoint-9") / "half.bin").touch()
    write_checkpoint(tmp_path, 10)
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoint-10"]
