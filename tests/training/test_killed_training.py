"""A training that is killed and gone on with ends with the very weights it would have had."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from tests.training.in_processes import finished, killed_when, started
from tests.training.small_corpus import order, write_corpus
from training.trainer import checkpoints

STEPS = 16


def weights(folder: Path) -> dict[str, bytes]:
    return {name: each.tobytes() for name, each in load_file(folder / "model.safetensors").items()}


def saves(out: Path) -> Path:
    return out / ".training" / "checkpoints"


def test_a_kill_inside_a_save_costs_nothing(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    finished(started(corpus, tmp_path / "whole", order(STEPS)))
    out = tmp_path / "killed"
    process = started(corpus, out, order(STEPS), SLOW_FSYNC="0.05")
    torn = saves(out) / ".part-checkpoint-8"
    killed_when(process, (torn / "model.safetensors").exists)
    assert torn.is_dir()
    assert checkpoints.newest(saves(out)) == saves(out) / "checkpoint-4"
    finished(started(corpus, out, order(STEPS, resume=True)))
    assert weights(out) == weights(tmp_path / "whole")
    assert not (out / ".training").exists()


@pytest.mark.soak
@pytest.mark.parametrize("method", ["full", "lora"])
def test_five_kills_cost_nothing(tmp_path: Path, method: str) -> None:
    """Two of them inside a save, the others whenever chance has it."""
    chance = random.Random(method)
    corpus = write_corpus(tmp_path / "corpus")
    file = "model.safetensors"
    wanted = order(24)
    if method == "lora":
        finished(started(corpus, tmp_path / "base", order(4)))
        wanted = order(24, scratch=False, base=str(tmp_path / "base"), method="lora")
        file = "adapter_model.safetensors"
    finished(started(corpus, tmp_path / "whole", wanted))
    out = tmp_path / "killed"
    for kill, step in enumerate((4, 8, 12, 16, 20)):
        process = started(corpus, out, replace(wanted, resume=kill > 0), SLOW_FSYNC="0.05")
        inside = kill in (1, 3)
        folder = saves(out) / f"{'.part-' if inside else ''}checkpoint-{step}"
        killed_when(process, folder.exists)
        if inside:
            assert folder.is_dir()
        elif chance.random() < 0.5:
            tear(saves(out) / f"checkpoint-{step}")
    finished(started(corpus, out, replace(wanted, resume=True)))
    assert (out / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def tear(folder: Path) -> None:
    """Damage a checkpoint as a disk might, that lost its last writes."""
    file = folder / "optimizer.pt"
    file.write_bytes(file.read_bytes()[:-100])
