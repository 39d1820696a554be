"""Fixtures of the tests of reward models."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)
