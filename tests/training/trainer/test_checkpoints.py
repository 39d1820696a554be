from pathlib import Path

import pytest

from training.trainer import checkpoints


def write(root: Path, step: int, text: str = "weights") -> Path:
    folder = root / checkpoints.name_of(step)
    part = checkpoints.begun(folder)
    (part / "a.bin").write_text(text, encoding="utf-8")
    (part / "inner").mkdir()
    (part / "inner" / "b.bin").write_text(text, encoding="utf-8")
    checkpoints.finish(part, folder)
    return folder


def test_a_checkpoint_appears_whole(tmp_path: Path) -> None:
    folder = write(tmp_path, 10)
    assert checkpoints.is_whole(folder)
    assert checkpoints.newest(tmp_path) == folder
    assert (folder / "inner" / "b.bin").read_text(encoding="utf-8") == "weights"
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoint-10"]


def test_a_writing_that_was_interrupted_is_begun_anew(tmp_path: Path) -> None:
    left = checkpoints.begun(tmp_path / "checkpoint-10")
    (left / "half.bin").touch()
    assert checkpoints.newest(tmp_path) is None
    folder = write(tmp_path, 10)
    assert not (folder / "half.bin").exists()


@pytest.mark.parametrize("damage", ["truncated", "changed", "missing", "no manifest"])
def test_a_torn_checkpoint_is_passed_over(tmp_path: Path, damage: str) -> None:
    good, torn = write(tmp_path, 9), write(tmp_path, 10)
    file = torn / "inner" / "b.bin"
    match damage:
        case "truncated":
            file.write_text("weigh", encoding="utf-8")
        case "changed":
            file.write_text("weighty", encoding="utf-8")
        case "missing":
            file.unlink()
        case _:
            (torn / checkpoints.MANIFEST).unlink()
    assert checkpoints.newest(tmp_path) == good


def test_the_newest_is_the_highest_step_and_not_the_last_name(tmp_path: Path) -> None:
    for step in (9, 10, 100):
        write(tmp_path, step)
    assert checkpoints.newest(tmp_path) == tmp_path / "checkpoint-100"


def test_a_step_that_is_reached_again_is_written_again(tmp_path: Path) -> None:
    write(tmp_path, 10, "torn")
    folder = write(tmp_path, 10, "whole")
    assert (folder / "a.bin").read_text(encoding="utf-8") == "whole"
    assert checkpoints.is_whole(folder)


def test_the_newest_and_the_best_are_kept(tmp_path: Path) -> None:
    for step in (1, 2, 3, 4):
        write(tmp_path, step)
    checkpoints.prune(tmp_path, best=2)
    assert [checkpoints.step_of(folder) for folder in checkpoints.listed(tmp_path)] == [2, 4]
    checkpoints.prune(tmp_path, best=4)
    assert [checkpoints.step_of(folder) for folder in checkpoints.listed(tmp_path)] == [4]
