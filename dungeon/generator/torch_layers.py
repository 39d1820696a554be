"""Layers of transformers that run faster on a CPU, for models in bfloat16."""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear
from transformers.activations import NewGELUActivation
from transformers.pytorch_utils import Conv1D


class OneRowLinear(nn.Linear):
    """A linear layer that multiplies the single row of a token that is decoded as a vector: torch
    would take it for a matrix, and prepare the weights for more rows to come.
    """

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the outputs, (…, outputs), for inputs (…, inputs)."""
        if inputs.numel() > self.in_features:
            return linear(inputs, self.weight, self.bias)
        row, bias = inputs.reshape(-1), self._parameters["bias"]  # None where there is none
        if bias is None:
            outputs = torch.mv(self.weight, row)
        else:
            outputs = torch.addmv(bias, self.weight, row)
        return outputs.view(*inputs.shape[:-1], -1)


def use_fast_layers(model: Any) -> None:
    """Replace layers of a model by some that compute the same, but for rounding.

    Linear layers become `OneRowLinear`, GPT-2's transposed ones too; and its GELU, of eight steps
    in transformers, the single one of torch.
    """
    for parent in list(model.modules()):
        for name, layer in parent.named_children():
            kind = type(layer)
            if kind is Conv1D:
                weight = layer.weight.detach().t().contiguous()
                setattr(parent, name, _one_row(nn.Parameter(weight), layer.bias))
            elif kind is nn.Linear:
                setattr(parent, name, _one_row(layer.weight, layer.bias))
            elif kind is NewGELUActivation:
                setattr(parent, name, nn.GELU(approximate="tanh"))


def _one_row(weight: Any, bias: Any) -> OneRowLinear:
    """Return a layer of these parameters, (outputs, inputs) and (outputs,) or None, which may be
    tied to others.
    """
    outputs, inputs = weight.shape
    layer = OneRowLinear(inputs, outputs, bias=False, device="meta")
    layer.weight, layer.bias = weight, bias
    return layer
