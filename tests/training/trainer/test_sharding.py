"""Tests of resuming a sharded training on a single device; test_distributed.py has several."""

from dataclasses import replace
from pathlib import Path

import pytest

from dungeon.errors import InputRefused
from tests.training.trainer.test_combinations import SMALL
from training.trainer.devices import Device
from training.trainer.plan import EMPTY_PLAN
from training.trainer.run_folder import RunFolder
from training.trainer.setup import check_memory

SHARDED = replace(EMPTY_PLAN, fsdp=True)


def test_weights_that_do_not_fit_on_one_gpu_are_refused_with_both_sizes(tmp_path: Path) -> None:
    needed = 18 * SMALL.parameters  # with gradients, two moments and a copy in bfloat16
    task = replace(SMALL, memory=needed, bf16=True)
    gpu = Device("cuda", "A small GPU", task.memory, bf16=True)
    with pytest.raises(InputRefused, match=rf"take {needed / 1e9:.1f} GB, and A small GPU has"):
        check_memory(task, SHARDED, gpu, RunFolder(tmp_path))
    check_memory(replace(task, memory=2 * needed), SHARDED, gpu, RunFolder(tmp_path))
    check_memory(task, replace(SHARDED, method="lora"), gpu, RunFolder(tmp_path))
    cpu = Device("cpu", "2 CPU threads", task.memory, bf16=False)
    check_memory(task, SHARDED, cpu, RunFolder(tmp_path))
