"""Tests that a training on a disk that fills says so, keeps its checkpoint, and can be resumed."""

import errno
from pathlib import Path
from typing import Any

import pytest
import torch

from dungeon.errors import InputRefused, NotSaved
from tests.training import small_models
from tests.training.recorded import finetuning, train
from training.models import saving
from training.trainer import finetune, run_folder, sharding
from training.trainer.config import StopSignal

HIDDEN = RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 20")
FULL = OSError(errno.ENOSPC, "No space left on device")


def fail_at(number: int, error: Exception, patched: pytest.MonkeyPatch) -> None:
    """Let the optimizer's file of the checkpoint with this number, from 1 on, fill the disk."""
    save, saved = torch.save, []

    def filling(state: Any, path: Any, *rest: Any, **options: Any) -> None:
        if str(path).endswith("optimizer.pt"):
            saved.append(path)
            if len(saved) == number:
                Path(path).write_bytes(b"half")
                raise error
        save(state, path, *rest, **options)

    patched.setattr(torch, "save", filling)


@pytest.mark.parametrize("error", [HIDDEN, FULL])
def test_a_disk_that_fills_costs_no_earlier_checkpoint(
    tmp_path: Path, corpus: Path, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, config = tmp_path / "out", finetuning(tmp_path, 8)
    with monkeypatch.context() as patched:
        fail_at(2, error, patched)
        with pytest.raises(NotSaved) as raised:
            train(corpus, out, config)
    said = str(raised.value)
    saves = out / ".training" / "checkpoints"
    assert f"cannot be written to {saves}: the disk is full (0." in said
    assert "MB are needed, and" in said
    assert said.endswith("Make room there, and continue with --resume.")
    assert raised.value.exit_code == 2
    (kept,) = saves.iterdir()
    assert kept.name == "checkpoint-4"
    resumed = train(corpus, out, finetuning(tmp_path, 8, resume=True))
    assert resumed.steps == 8
    assert (out / "model.safetensors").is_file()


def test_where_another_process_fails_nobody_is_asked_to_make_room(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_at(1, RuntimeError("Connection reset by peer"), monkeypatch)
    with pytest.raises(NotSaved, match=r"reset by peer\. Continue with --resume\.$"):
        train(corpus, tmp_path / "out", finetuning(tmp_path, 4))


def test_a_model_that_finds_no_room_is_written_when_there_is_some(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Exception("No space left on device (os error 28)")  # noqa: TRY002 - as tokenizers

    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(saving.plots, "write_plots", full)
        with pytest.raises(NotSaved, match=r"the disk is full .*and continue with --resume\.$"):
            train(corpus, out, finetuning(tmp_path, 4))
    assert not list(out.glob(".part-*"))
    assert train(corpus, out, finetuning(tmp_path, 4, resume=True)).steps == 4
    assert (out / "grue.json").is_file()


def test_any_other_write_is_explained_too(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("104 requested and 0 written")

    monkeypatch.setattr(finetune, "prepare_run", full)
    with pytest.raises(InputRefused, match=r"cannot start in .*: the disk is full"):
        train(corpus, tmp_path / "out", finetuning(tmp_path, 4))
    folder = run_folder.RunFolder(tmp_path)
    folder.work.mkdir()
    (folder.work / "run.json").touch()
    told = pytest.raises(NotSaved, match=r"cannot go on in .*the disk is full .*--resume")
    with told, folder.explained_full_disk():
        full()


def test_a_resumed_training_is_not_sent_to_another_folder(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    train(corpus, out, finetuning(tmp_path, 8), stop_signal=StopSignal(stop=True))

    def full(*_: object, **__: object) -> None:
        raise FULL

    monkeypatch.setattr("training.trainer.setup.encode", full)
    with pytest.raises(NotSaved, match=r"cannot go on in .*\. Make room there, and continue with"):
        train(corpus, out, finetuning(tmp_path, 8, resume=True))


def test_files_have_the_mode_of_any_other(tmp_path: Path) -> None:
    saving.save_without_record(tmp_path, small_models.gpt2(), small_models.tokenizer())
    usual = tmp_path / "usual"
    usual.touch()
    modes = {file.stat().st_mode for file in tmp_path.iterdir()}
    assert (tmp_path / "model.safetensors").is_file()
    assert modes == {usual.stat().st_mode}


@pytest.mark.parametrize("left", ["optimizer_0", "optimizer.bin"])
def test_a_checkpoint_of_shards_from_an_older_grue_is_refused(tmp_path: Path, left: str) -> None:
    (tmp_path / left).mkdir()
    with pytest.raises(InputRefused, match=r"sharded weights from before 30 November 2026"):
        sharding.check_resumable(tmp_path)
    (tmp_path / "optimizer.pt").touch()
    sharding.check_resumable(tmp_path)
