"""Fixtures of the tests of preference tuning."""

import pytest
import torch

from training.models import plots


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw no plots, which takes as long as the steps: those of the whole command are drawn."""
    monkeypatch.setattr(plots, "write_plots", lambda folder, record: None)
