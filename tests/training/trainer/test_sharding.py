"""Tests of sharded weights, and of resuming their training on a single device;
test_distributed.py has trainings on several.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from dungeon.errors import InputRefused
from tests.training.in_processes import server, wait_for
from tests.training.trainer.test_combinations import SMALL
from training.trainer import sharding
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


def test_weights_with_fewer_rows_than_processes_are_gathered(tmp_path: Path) -> None:
    both = [server().Process(target=_gather, args=(tmp_path, rank)) for rank in range(2)]
    for process in both:
        process.start()
    wait_for(*both, seconds=120)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    wanted = [[[0.0, 0.0]], [[1.0, 1.0]], [[2.0, 2.0], [2.0, 2.0]]]
    assert [state[f"{n}.weight"].tolist() for n in range(3)] == wanted
    assert state["3.weight"].tolist() == wanted[2]


def _gather(folder: Path, rank: int) -> None:
    """Shard two weights of one row, and one of two rows that is tied, and gather them."""
    distributed.init_process_group(
        "gloo",
        init_method=f"file://{folder / 'meeting'}",
        rank=rank,
        world_size=2,
        timeout=timedelta(seconds=30),
    )
    model: Any = nn.Sequential(*(nn.Linear(2, rows, bias=False) for rows in (1, 1, 2, 2)))
    model[3].weight = model[2].weight
    with torch.no_grad():
        for number in range(3):
            model[number].weight.fill_(number)
    fully_shard(model, mesh=init_device_mesh("cpu", (2,)))
    state = sharding.gather_weights(model, keep=rank == 0)
    assert state["3.weight"] is state["2.weight"]
    if rank == 0:
        torch.save(state, folder / "state.pt")
    distributed.destroy_process_group()
