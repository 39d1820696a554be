"""A training that is killed and resumed ends with the weights it would have had."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from dungeon.errors import InputRefused
from tests.training.in_processes import kill_when, start_training, wait_for
from tests.training.small_corpus import tiny_config, write_corpus
from training.trainer import checkpoints
from training.trainer.run_folder import RunFolder

STEPS = 16


def weights(folder: Path) -> dict[str, bytes]:
    return {name: each.tobytes() for name, each in load_file(folder / "model.safetensors").items()}


def checkpoints_of(out: Path) -> Path:
    return out / ".training" / "checkpoints"


def is_locked(out: Path) -> bool:
    try:
        with RunFolder(out).lock():
            return False
    except InputRefused as error:
        assert "Another process is training" in str(error)
        return True


def test_a_kill_inside_a_save_costs_nothing(tmp_path: Path) -> None:
    """The lock on the folder dies with its process, too."""
    corpus = write_corpus(tmp_path / "corpus")
    wait_for(start_training(corpus, tmp_path / "whole", tiny_config(STEPS)))
    out = tmp_path / "killed"
    torn = checkpoints_of(out) / ".part-checkpoint-8"
    weights_file = torn / "model.safetensors"
    process = start_training(corpus, out, tiny_config(STEPS), STOPS_AT=str(weights_file))
    kill_when(process, lambda: weights_file.exists() and is_locked(out))
    assert not is_locked(out)
    assert torn.is_dir()
    assert checkpoints.find_latest(checkpoints_of(out)) == checkpoints_of(out) / "checkpoint-4"
    wait_for(start_training(corpus, out, tiny_config(STEPS, resume=True)))
    assert weights(out) == weights(tmp_path / "whole")
    assert not (out / ".training").exists()


@pytest.mark.soak
@pytest.mark.parametrize("method", ["full", "lora"])
def test_five_kills_cost_nothing(tmp_path: Path, method: str) -> None:
    """Two of them inside a save, the others at random."""
    rng = random.Random(method)
    corpus = write_corpus(tmp_path / "corpus")
    file = "model.safetensors"
    config = tiny_config(24)
    if method == "lora":
        wait_for(start_training(corpus, tmp_path / "base", tiny_config(4)))
        config = tiny_config(24, from_scratch=False, base=str(tmp_path / "base"), method="lora")
        file = "adapter_model.safetensors"
    wait_for(start_training(corpus, tmp_path / "whole", config))
    out = tmp_path / "killed"
    for kill, step in enumerate((4, 8, 12, 16, 20)):
        inside = kill in (1, 3)
        folder = checkpoints_of(out) / f"{'.part-' if inside else ''}checkpoint-{step}"
        end = folder if inside else checkpoints_of(out) / f".part-checkpoint-{step + 4}"
        process = start_training(corpus, out, replace(config, resume=kill > 0), STOPS_AT=str(end))
        kill_when(process, folder.exists)
        if inside:
            assert folder.is_dir()
        elif rng.random() < 0.5:
            tear(checkpoints_of(out) / f"checkpoint-{step}")
    wait_for(start_training(corpus, out, replace(config, resume=True)))
    assert (out / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def tear(folder: Path) -> None:
    """Damage a checkpoint as a disk does that lost its last writes."""
    file = folder / "optimizer.pt"
    file.write_bytes(file.read_bytes()[:-100])
