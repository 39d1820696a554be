"""Compute the cross-entropy of a language model without ever holding all of its logits.

Logits are (tokens, vocab_size), by far the largest tensor of a small model: 2,048 tokens of SmolLM2
are 400 MB in float32, and their gradient as much again. Here they exist for a chunk of tokens at a
time: its loss and the gradient of its hidden states are computed together, and then only the
gradient, (tokens, hidden_size), is kept for the backward pass. Tokens without a label are left out.

`torch.nn.functional.linear_cross_entropy` is not used: with bfloat16 its sums are wrong in torch
2.13. liger-kernel, which does the same, runs on GPUs only.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.functional import cross_entropy, pad

from training.data.packing import IGNORE_INDEX

CHUNK_LOGITS_CPU, CHUNK_LOGITS_GPU = 1 << 23, 1 << 26
"""Logits of a chunk. On a CPU they should stay in its cache, on a GPU kernels should fill it."""

_TOLERANCE = 1e-4
"""The relative difference to the model's own loss, in float32, that rounding explains."""

Mode = Literal["off", "sum", "each"]
"""What the model's forward pass returns as its loss: its own, a sum that can be differentiated
(divided by the number of tokens), or the loss of each token with a label."""


class ChunkedLoss:
    """Replaces the loss of a model inside `active`; elsewhere the model is as it was.

    The output layer then passes hidden states on, so that the forward pass returns no logits.
    Everything happens inside the model's own forward pass, as DDP and FSDP need it.
    """

    def __init__(self, model: Any) -> None:
        """`model` is one of transformers, before PEFT wraps it."""
        self._model = model
        self._head = model.get_output_embeddings()
        self._head_forward = self._head.forward
        self._own_loss = model.loss_function
        self._mode: Mode = "off"
        self._differentiate: _Differentiate = _differentiate
        self._head.forward = self._forward
        model.loss_function = self._loss

    def remove(self) -> None:
        """Give the model its own loss again."""
        del self._head.forward
        self._model.loss_function = self._own_loss

    @contextmanager
    def active(self, mode: Mode) -> Iterator[None]:
        """Let the model return this loss while the block runs."""
        previous, self._mode = self._mode, mode
        try:
            yield
        finally:
            self._mode = previous

    def compile(self, backend: str) -> None:
        """Compile what is done with the logits of a chunk into few kernels."""
        self._differentiate = torch.compile(_differentiate, backend=backend, dynamic=True)

    def _forward(self, hidden: Tensor) -> Any:
        return self._head_forward(hidden) if self._mode == "off" else hidden

    def _loss(
        self,
        logits: Tensor,
        labels: Tensor,
        vocab_size: int,
        num_items_in_batch: Tensor | int | None = None,
        **rest: Any,
    ) -> Any:
        """Return the loss; the parameters are those of the losses of transformers.

        `logits` are hidden states, (batch, length, hidden_size), `labels` (batch, length) int64.
        """
        if self._mode == "off":
            return self._own_loss(
                logits, labels, vocab_size, num_items_in_batch=num_items_in_batch, **rest
            )
        targets = pad(labels, (0, 1), value=IGNORE_INDEX)[:, 1:].flatten()
        with_label = (targets != IGNORE_INDEX).nonzero().squeeze(1)
        hidden, targets = logits.flatten(0, 1)[with_label], targets[with_label]
        if torch.is_autocast_enabled(hidden.device.type):
            hidden = hidden.to(torch.get_autocast_dtype(hidden.device.type))
        with torch.autocast(hidden.device.type, enabled=False):
            if self._mode == "each":
                return token_losses(hidden, self._head.weight, self._head.bias, targets, vocab_size)
            total = sum_of_losses(
                hidden, self._head.weight, self._head.bias, targets, vocab_size, self._differentiate
            )
        return total / (len(targets) if num_items_in_batch is None else num_items_in_batch)


def chunk_loss(model: Any) -> ChunkedLoss | None:
    """Give `model` a chunked loss, and return it; None where the model does more than multiply.

    Some models scale or cap their logits. So the loss is compared with the model's own first.
    """
    head = model.get_output_embeddings()
    if type(head) is not nn.Linear:
        return None
    chunked = ChunkedLoss(model)
    if _is_equal(model, chunked):
        return chunked
    chunked.remove()
    return None


def can_chunk_loss(model: Any) -> bool:
    """Whether `chunk_loss` can give `model` a chunked loss; the model is left as it was."""
    chunked = chunk_loss(model)
    if chunked is not None:
        chunked.remove()
    return chunked is not None


@torch.no_grad()
def token_losses(
    hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor, vocab_size: int
) -> Tensor:
    """Return the loss of each token in nats, (tokens,) float32.

    `hidden` is (tokens, hidden_size), `weight` at least (vocab_size, hidden_size), `targets`
    (tokens,) int64.
    """
    return torch.cat(
        [
            cross_entropy(logits[:, :vocab_size].to(_precise(logits)), part, reduction="none")
            for logits, _, part in _chunks(hidden, weight, bias, targets)
        ]
        or [hidden.new_zeros(0, dtype=_precise(hidden))]
    )


def sum_of_losses(*inputs: Any) -> Tensor:
    """Return the sum of the losses of all tokens, which can be differentiated once.

    The parameters are those of `_SumOfLosses.forward`.
    """
    total: Tensor = _SumOfLosses.apply(*inputs)  # type: ignore[no-untyped-call]
    return total


class _SumOfLosses(torch.autograd.Function):
    """The sum of the losses of all tokens; its gradients are computed in the forward pass."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        targets: Tensor,
        vocab_size: int,
        differentiate: "_Differentiate",
    ) -> Tensor:
        """Return a scalar; the first parameters are those of `token_losses`."""
        needs_hidden, needs_weight, needs_bias = ctx.needs_input_grad[:3]
        total = torch.zeros((), dtype=_precise(hidden), device=hidden.device)
        d_hidden = torch.empty_like(hidden) if needs_hidden else None
        exact = _precise(weight)  # for sums over all chunks
        d_weight = torch.zeros_like(weight, dtype=exact) if needs_weight else None
        d_bias = None
        if bias is not None and needs_bias:
            d_bias = torch.zeros_like(bias, dtype=exact)
        multiplied = weight.to(hidden.dtype)
        for logits, part, labels in _chunks(hidden, multiplied, bias, targets):
            loss, d_logits = differentiate(logits, labels, vocab_size)
            total += loss
            if d_hidden is not None:
                torch.mm(d_logits, multiplied, out=d_hidden[part])
            if d_weight is not None:
                d_weight += d_logits.T @ hidden[part]
            if d_bias is not None:
                d_bias += d_logits.sum(0)
        d_weight, d_bias = (
            None if each is None else each.to(weight.dtype) for each in (d_weight, d_bias)
        )
        ctx.save_for_backward(d_hidden, d_weight, d_bias)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        """Multiply the gradients by that of the sum."""
        [factor] = gradients
        scaled = (None if each is None else each * factor for each in ctx.saved_tensors)
        return *scaled, None, None, None


_Differentiate = Callable[[Tensor, Tensor, int], tuple[Tensor, Tensor]]


def _differentiate(logits: Tensor, targets: Tensor, vocab_size: int) -> tuple[Tensor, Tensor]:
    """Return the sum of the losses, and the gradient of the logits in their dtype.

    Both are computed in float32: (tokens, vocab_size) of bfloat16 are too coarse for a softmax.
    """
    log_probabilities = logits.to(_precise(logits))
    log_probabilities[:, vocab_size:] = -torch.inf  # padding of the vocabulary
    log_probabilities = torch.log_softmax(log_probabilities, dim=1)
    chosen = targets.unsqueeze(1)
    loss = -log_probabilities.gather(1, chosen).sum()
    gradient = log_probabilities.exp_()
    gradient.scatter_add_(1, chosen, torch.full_like(chosen, -1, dtype=gradient.dtype))
    return loss, gradient.to(logits.dtype)


def _chunks(
    hidden: Tensor, weight: Tensor, bias: Tensor | None, targets: Tensor
) -> Iterator[tuple[Tensor, slice, Tensor]]:
    """Yield the logits of a chunk, (chunk, vocabulary), where it is, and its targets."""
    weight = weight.to(hidden.dtype)
    bias = None if bias is None else bias.to(hidden.dtype)
    logits = CHUNK_LOGITS_GPU if hidden.is_cuda else CHUNK_LOGITS_CPU
    size = max(logits // len(weight), 1)
    for start in range(0, len(hidden), size):
        part = slice(start, start + size)
        yield nn.functional.linear(hidden[part], weight, bias), part, targets[part]


def _precise(tensor: Tensor) -> torch.dtype:
    return torch.promote_types(tensor.dtype, torch.float32)


@torch.no_grad()
def _is_equal(model: Any, chunked: ChunkedLoss) -> bool:
    """Whether the chunked loss of a few tokens is the model's own."""
    size = model.config.get_text_config().vocab_size
    ids = (torch.arange(8) * 7919 % size).unsqueeze(0).to(next(model.parameters()).device)
    was_training = model.training
    model.eval()
    try:
        own = model(input_ids=ids, labels=ids, use_cache=False).loss
        with chunked.active("sum"):
            other = model(input_ids=ids, labels=ids, use_cache=False).loss
    except (TypeError, RuntimeError):  # its output layer is not followed by its loss
        return False
    finally:
        model.train(was_training)
    return bool(abs(own - other) <= _TOLERANCE * abs(own))
