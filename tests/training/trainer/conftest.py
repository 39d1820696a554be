"""Fixtures of the trainer's tests."""

from pathlib import Path

import pytest
import torch

from tests.training.small_corpus import write_corpus


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus", train=30)
