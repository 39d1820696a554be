from typing import Any

import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
)

from tests.rows import every_row
from training.trainer import attention
from training.trainer.attention import is_isolated, isolate_documents


def gpt2() -> Any:
    torch.manual_seed(1)
    config = GPT2Config(vocab_size=100, n_positions=64, n_embd=32, n_layer=2, n_head=2)
    return GPT2LMHeadModel(config).eval()


def llama(**options: Any) -> Any:
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=100,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        **options,
    )
    return LlamaForCausalLM(config).eval()


def packed_batch(lengths: list[int]) -> dict[str, Any]:
    total = sum(lengths)
    ids = torch.arange(total).unsqueeze(0) % 100
    positions = torch.cat([torch.arange(length) for length in lengths]).unsqueeze(0)
    cu_seq_lens = torch.tensor([0, *torch.tensor(lengths).cumsum(0).tolist()], dtype=torch.int32)
    return {
        "input_ids": ids,
        "position_ids": positions,
        "cu_seq_lens_q": cu_seq_lens,
        "max_length_q": total,
    }


@every_row("make", [gpt2, llama])
def test_changing_a_document_does_not_change_the_next(make: Any) -> None:
    model = make()
    assert isolate_documents(model) == "documents"
    batch = packed_batch([5, 9, 4])
    before = model(**batch).logits
    batch["input_ids"] = batch["input_ids"].clone()
    batch["input_ids"][0, :5] = 7
    after = model(**batch).logits
    assert torch.equal(before[:, 5:], after[:, 5:])
    assert not torch.equal(before[:, :5], after[:, :5])


@every_row("make", [gpt2, llama])
def test_logits_in_a_packed_row_are_those_of_the_document_alone(make: Any) -> None:
    model = make()
    isolate_documents(model)
    batch = packed_batch([5, 9])
    together = model(**batch).logits[:, 5:]
    model.set_attn_implementation("eager")
    alone = model(input_ids=batch["input_ids"][:, 5:]).logits
    assert torch.allclose(together, alone, atol=1e-5)


def test_a_leak_between_documents_is_detected() -> None:
    """Most trainers pass a mask of ones, which makes one document of the row."""

    class Leaking(GPT2LMHeadModel):
        def forward(self, **inputs: Any) -> Any:
            inputs["attention_mask"] = torch.ones_like(inputs["input_ids"])
            return super().forward(**inputs)

    model = gpt2()
    assert is_isolated(model)
    model.__class__ = Leaking
    assert not is_isolated(model)


def test_a_model_with_a_sliding_window_keeps_its_attention_and_gets_a_mask() -> None:
    model = llama()
    model.config.sliding_window = 16
    assert isolate_documents(model) == "mask"
    assert model.config._attn_implementation == "sdpa"


def test_a_model_without_attention_gets_a_row_for_each_document() -> None:
    torch.manual_seed(1)
    config = MambaConfig(
        vocab_size=100, hidden_size=16, state_size=4, num_hidden_layers=1, use_mambapy=False
    )
    assert isolate_documents(MambaForCausalLM(config)) == "rows"


def test_gradients_of_a_packed_row_are_those_of_its_documents() -> None:
    model = gpt2()
    isolate_documents(model)
    batch = packed_batch([6, 6])
    labels = batch["input_ids"].clone()
    labels[0, 0] = labels[0, 6] = -100
    model(**batch, labels=labels).loss.backward()
    together = model.transformer.wpe.weight.grad.clone()
    model.zero_grad()
    losses = [
        model(input_ids=batch["input_ids"][:, part], labels=labels[:, part]).loss
        for part in (slice(0, 6), slice(6, 12))
    ]
    (sum(losses) / 2).backward()
    assert torch.allclose(together, model.transformer.wpe.weight.grad, atol=1e-6)


def test_generation_attends_to_the_whole_context() -> None:
    model = gpt2()
    isolate_documents(model)
    ids = torch.arange(10).unsqueeze(0)
    whole = model(input_ids=ids).logits[:, -1]
    past = model(input_ids=ids[:, :-1], use_cache=True).past_key_values
    last = model(
        input_ids=ids[:, -1:],
        position_ids=torch.tensor([[9]]),
        past_key_values=past,
        use_cache=True,
    ).logits[:, -1]
    assert torch.allclose(whole, last, atol=1e-5)
    assert model.config._attn_implementation == attention.NAME
