"""Fixtures of the tests of what trainings on replies share."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)
