"""Gather what is sharded over several processes into whole tensors, and shard whole ones again.

A checkpoint of sharded weights so has the files of any other, and resumes on any number of
processes, sharded or not.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch.distributed.tensor import DTensor, distribute_tensor
from transformers.trainer import OPTIMIZER_NAME

from dungeon.errors import InputRefused

State = dict[str, Any]

_OPTIMIZER_OF_SHARDS = ("optimizer_*", "optimizer.bin")
"""What Accelerate wrote in place of `optimizer.pt`, before checkpoints were gathered."""


def check_resumable(checkpoint: Path) -> None:
    """Raise InputRefused for a checkpoint of shards, as Grue wrote them until November 2026."""
    if (checkpoint / OPTIMIZER_NAME).is_file():
        return
    if any(True for name in _OPTIMIZER_OF_SHARDS for _ in checkpoint.glob(name)):
        raise InputRefused(
            f"{checkpoint} cannot be resumed: it is a checkpoint of sharded weights from before "
            "30 November 2026, whose optimizer state this Grue does not read. Train anew, in "
            "another folder with -o, or go on with the Grue that wrote it."
        )


@torch.no_grad()
def gather_weights(model: Any, *, keep: bool) -> State:
    """Return the model's state with whole tensors on the CPU; tied weights are one tensor.

    All processes have to call this; without `keep` the tensors are left out.
    """
    whole: dict[int, Any] = {}
    state: State = {}
    # Tied weights are one parameter. Where a process has no row of a weight, its memory has no
    # address to tell it by, and each process has to gather the same ones.
    for name, value in model.state_dict(keep_vars=True).items():
        if id(value) not in whole:
            whole[id(value)] = _gathered(value.detach(), keep=keep)
        state[name] = whole[id(value)]
    return state


def gather_optimizer(optimizer: Any, *, keep: bool) -> State:
    """Return the optimizer's state with whole tensors on the CPU, as if one process had it.

    All processes have to call this; without `keep` the tensors are left out.
    """
    state: State = optimizer.state_dict()
    whole = {
        number: {name: _gathered(value, keep=keep) for name, value in values.items()}
        for number, values in state["state"].items()
    }
    return {**state, "state": whole}


def shard_optimizer(optimizer: Any, state: State) -> None:
    """Load the state of an optimizer of one process, whose parameters have the same order."""
    parameters = [each for group in optimizer.param_groups for each in group["params"]]
    shards = {
        number: {name: _like(parameters[number], value) for name, value in values.items()}
        for number, values in state["state"].items()
    }
    optimizer.load_state_dict({**state, "state": shards})


@torch.no_grad()
def shard_weights(model: Any, folder: Path) -> None:
    """Copy the weights, or the adapter, of a checkpoint into a sharded model."""
    own: Mapping[str, Any] = model.state_dict()
    if hasattr(model, "peft_config"):
        from peft import get_peft_model_state_dict

        own = get_peft_model_state_dict(model, own, save_embedding_layers=False)
    for file in sorted(folder.glob("*.safetensors")):
        for name, whole in load_file(file).items():
            own[name].copy_(_like(own[name], whole))  # the model's memory; tied weights share it


def _gathered(value: Any, *, keep: bool) -> Any:
    if isinstance(value, DTensor):
        value = value.full_tensor()
        return value.cpu() if keep else None
    return value


def _like(parameter: torch.Tensor, value: Any) -> Any:
    """Return this process's shard of a tensor that has the shape of a parameter."""
    if not isinstance(parameter, DTensor) or value.shape != parameter.shape:
        return value
    local = value.to(parameter.device)
    return distribute_tensor(local, parameter.device_mesh, parameter.placements, src_data_rank=None)
