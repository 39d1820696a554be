"""Layers of transformers that run faster on a CPU."""

from typing import Any

from torch import nn
from transformers.pytorch_utils import Conv1D


def use_linear_layers(model: Any) -> None:
    """Replace GPT-2's transposed layers by ordinary ones, which CPUs multiply half as fast again in
    bfloat16.
    """
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            if isinstance(layer, Conv1D):
                linear = nn.Linear(layer.nx, layer.nf, device="meta")
                linear.weight = nn.Parameter(layer.weight.detach().t().contiguous())
                linear.bias = layer.bias
                setattr(parent, name, linear)
