from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import Gemma2Config, Gemma2ForCausalLM

from tests.rows import every_row
from tests.training.small_models import gpt2, llama
from training.data.packing import IGNORE_INDEX
from training.trainer import chunked_loss
from training.trainer.chunked_loss import (
    _differentiate,
    can_chunk_loss,
    chunk_loss,
    sum_of_losses,
    token_losses,
)
from training.trainer.model_setup import pad_vocabulary


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few tokens at a time, and a last chunk that is smaller."""
    monkeypatch.setattr(chunked_loss, "CHUNK_LOGITS_CPU", 7 * 400)


def batch(label_share: float = 0.5, length: int = 20) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    ids = torch.randint(0, 300, (2, length), generator=generator)
    is_context = torch.rand(ids.shape, generator=generator) >= label_share
    return {"input_ids": ids, "labels": ids.masked_fill(is_context, IGNORE_INDEX)}


def gradients(model: Any, loss: torch.Tensor) -> dict[str, torch.Tensor]:
    model.zero_grad()
    loss.backward()
    return {name: each.grad.clone() for name, each in model.named_parameters()}


def test_the_gradients_are_those_of_finite_differences() -> None:
    generator = torch.Generator().manual_seed(1)
    hidden, weight, bias = (
        torch.randn(*shape, dtype=torch.float64, generator=generator, requires_grad=True)
        for shape in ((5, 3), (11, 3), (11,))
    )
    targets = torch.tensor([0, 8, 3, 3, 1])

    def loss(*inputs: torch.Tensor) -> Any:
        return sum_of_losses(*inputs, targets, 9, _differentiate)  # two rows are padding

    assert torch.autograd.gradcheck(loss, (hidden, weight, bias))


@every_row("items", [None, torch.tensor(50)])
@every_row("make", [gpt2, lambda: llama(tied=False)])
def test_loss_and_gradients_are_the_models_own(make: Any, items: torch.Tensor | None) -> None:
    model = make()
    inputs = {**batch(), "num_items_in_batch": items}
    own = model(**inputs).loss
    own_gradients = gradients(model, own)
    chunked = chunk_loss(model)
    assert chunked is not None
    with chunked.active("sum"):
        loss = model(**inputs).loss
    torch.testing.assert_close(loss, own)
    for name, gradient in gradients(model, loss).items():
        torch.testing.assert_close(gradient, own_gradients[name], rtol=1e-4, atol=1e-6, msg=name)
    torch.testing.assert_close(model(**inputs).loss, own)
    assert model(**inputs).logits.shape == (2, 20, model.config.vocab_size)


def test_the_loss_of_each_token_is_returned_in_order() -> None:
    model, inputs = gpt2(), batch()
    chunked = chunk_loss(model)
    assert chunked is not None
    with torch.no_grad(), chunked.active("each"):
        losses = model(**inputs).loss
    labels = inputs["labels"][:, 1:]
    logits = model(inputs["input_ids"]).logits[:, :-1][labels != IGNORE_INDEX]
    targets = labels[labels != IGNORE_INDEX]
    torch.testing.assert_close(
        losses, torch.nn.functional.cross_entropy(logits, targets, reduction="none")
    )


def test_a_padded_vocabulary_changes_nothing() -> None:
    plain, padded = gpt2(), gpt2()
    pad_vocabulary(padded, 128)
    inputs = batch()
    losses = []
    for model in (plain, padded):
        chunked = chunk_loss(model)
        assert chunked is not None
        for mode in ("sum", "each"):
            with chunked.active(mode):
                losses.append(model(**inputs).loss)
    torch.testing.assert_close(losses[2], losses[0])
    torch.testing.assert_close(losses[3], losses[1])


def test_a_batch_without_labels_has_no_loss() -> None:
    model, inputs = gpt2(), batch(label_share=0.0)
    chunked = chunk_loss(model)
    assert chunked is not None
    with chunked.active("sum"):
        loss = model(**inputs, num_items_in_batch=torch.tensor(9)).loss
    loss.backward()
    assert loss.item() == 0
    with chunked.active("each"):
        assert len(model(**inputs).loss) == 0


def test_in_bfloat16_the_loss_is_summed_in_float32() -> None:
    """One sum of 4,000 losses in bfloat16 would stop growing."""
    generator = torch.Generator().manual_seed(2)
    hidden = torch.randn(4_000, 16, generator=generator)
    weight, targets = torch.randn(50, 16, generator=generator), torch.arange(4_000) % 50
    exact = token_losses(hidden, weight, None, targets, 50).sum()
    total = sum_of_losses(hidden.bfloat16(), weight.bfloat16(), None, targets, 50, _differentiate)
    assert total.dtype == torch.float32
    assert total.item() == pytest.approx(exact.item(), rel=1e-3)


class Largest(TorchDispatchMode):
    """Records the largest tensor that an operation returns."""

    def __init__(self) -> None:
        super().__init__()
        self.numel = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.numel = max(self.numel, result.numel())
        return result


def test_no_tensor_has_the_logits_of_all_tokens() -> None:
    model, inputs = gpt2(), batch(label_share=1.0, length=100)
    for parameter in model.transformer.wte.parameters():
        parameter.requires_grad = False  # its gradient would be large, too
    chunked = chunk_loss(model)
    assert chunked is not None
    with Largest() as own:
        model(**inputs).loss.backward()
    with Largest() as ours, chunked.active("sum"):
        model(**inputs).loss.backward()
    assert own.numel == 2 * 100 * model.config.vocab_size
    assert ours.numel == 2 * 100 * 4 * 64  # the inner layer


def test_a_model_that_caps_its_logits_keeps_its_own_loss() -> None:
    config = Gemma2Config(
        vocab_size=64,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        final_logit_softcapping=0.5,
        initializer_range=1.0,
        pad_token_id=0,
    )
    torch.manual_seed(0)
    model = Gemma2ForCausalLM(config)
    ids = torch.arange(12).unsqueeze(0)
    before = model(ids, labels=ids).loss
    assert not can_chunk_loss(model)
    assert chunk_loss(model) is None
    torch.testing.assert_close(model(ids, labels=ids).loss, before)
