from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from dungeon.errors import InputRefused
from tests.rows import every_row
from training.trainer.model_setup import (
    compile_layers,
    pad_vocabulary,
    prepare_model,
    transformer_layers,
)
from training.trainer.plan import EMPTY_PLAN

FULL = EMPTY_PLAN
LORA = replace(
    EMPTY_PLAN, method="lora", lora_rank=4, lora_alpha=8, lora_target_modules="all-linear"
)
IDS = torch.arange(12).unsqueeze(0)


def gpt2(vocabulary: int = 100) -> Any:
    torch.manual_seed(1)
    config = GPT2Config(vocab_size=vocabulary, n_positions=64, n_embd=32, n_layer=2, n_head=2)
    return GPT2LMHeadModel(config).eval()


def llama() -> Any:
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=100,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=False,
    )
    return LlamaForCausalLM(config).eval()


def trainable(model: Any) -> set[str]:
    return {name for name, each in model.named_parameters() if each.requires_grad}


@pytest.mark.parametrize("make", [gpt2, llama])
def test_a_padded_vocabulary_changes_no_result(make: Any, tmp_path: Path) -> None:
    plain, model = make(), make()
    pad_vocabulary(model, 64)
    assert model.get_input_embeddings().weight.shape[0] == 128
    assert torch.equal(model(IDS).logits, plain(IDS).logits)
    ours, theirs = (each(IDS, labels=IDS).loss for each in (model, plain))
    assert torch.equal(ours, theirs)
    ours.backward()
    assert not model.get_output_embeddings().weight.grad[100:].any()
    prepare_model(model, FULL).save_pretrained(str(tmp_path))
    again = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert again.get_input_embeddings().weight.shape[0] == 100
    assert torch.equal(again(IDS).logits, plain(IDS).logits)


def test_frozen_layers_and_the_embeddings_are_not_trainable() -> None:
    model = gpt2()
    prepare_model(model, FULL, freeze_layers=1)
    assert trainable(model) == {
        name
        for name, _ in model.named_parameters()
        if name.startswith(("transformer.h.1.", "transformer.ln_f."))
    }


def test_freezing_everything_is_refused() -> None:
    with pytest.raises(InputRefused, match="at most 1 with --freeze-layers"):
        prepare_model(gpt2(), FULL, freeze_layers=2)


@every_row("make", [gpt2, llama])
def test_an_adapter_targets_every_matrix_except_the_output(make: Any) -> None:
    model = prepare_model(make(), LORA, reference="gpt2").model
    assert trainable(model)
    assert all("lora_" in name for name in trainable(model))
    assert not any(
        "lm_head" in name or "embed" in name or "wte" in name for name in trainable(model)
    )
    matrices = 4 if make is gpt2 else 7
    assert len(trainable(model)) == 2 * 2 * matrices


def test_only_the_adapter_is_saved_with_the_name_of_its_base(tmp_path: Path) -> None:
    model = gpt2()
    pad_vocabulary(model, 64)
    prepared = prepare_model(model, LORA, reference="owner/base")
    with torch.no_grad():
        for name, each in prepared.model.named_parameters():
            if "lora_B" in name:
                each.normal_()
    prepared.save_pretrained(str(tmp_path))
    assert not (tmp_path / "model.safetensors").exists()
    assert '"owner/base"' in (tmp_path / "adapter_config.json").read_text(encoding="utf-8")
    again = PeftModel.from_pretrained(gpt2(), str(tmp_path)).merge_and_unload()
    assert torch.allclose(again(IDS).logits, prepared.model.eval()(IDS).logits, atol=1e-5)
    assert not torch.allclose(again(IDS).logits, gpt2()(IDS).logits, atol=1e-3)


@pytest.mark.filterwarnings("ignore:The .grad attribute")  # torch's compiler looks at all of them
def test_compiled_layers_keep_their_weight_names() -> None:
    """A compiled copy would be saved under other names."""
    plain, model = gpt2(), gpt2()
    compile_layers(model, backend="eager")
    assert set(model.state_dict()) == set(plain.state_dict())
    assert all(layer._compiled_call_impl is not None for layer in transformer_layers(model))
    ours, theirs = (each(IDS, labels=IDS) for each in (model, plain))
    assert torch.allclose(ours.logits, theirs.logits, atol=1e-5)
    assert torch.allclose(ours.loss, theirs.loss, atol=1e-5)


@every_row("make", [gpt2, llama])
def test_frozen_matrices_in_bfloat16_give_what_autocast_gives(make: Any) -> None:
    """Autocast rounds them in every forward pass; hidden states are added up in float32 in both."""
    whole, half = (prepare_model(make(), LORA, bf16=bf16).model for bf16 in (False, True))
    dtypes = {(each.dtype, each.requires_grad, each.dim() > 1) for each in half.parameters()}
    assert dtypes == {
        (torch.bfloat16, False, True),
        (torch.float32, True, True),
        (torch.float32, False, False),
    }
    torch.manual_seed(2)
    for ours, theirs in zip(half.parameters(), whole.parameters(), strict=True):
        if theirs.requires_grad:
            torch.nn.init.normal_(theirs, std=0.1)
            ours.data.copy_(theirs)
    with torch.autocast("cpu", torch.bfloat16):
        losses = [model(IDS, labels=IDS).loss for model in (half, whole)]
    torch.testing.assert_close(*losses, rtol=1e-3, atol=0)
    for loss in losses:
        loss.backward()
    for ours, theirs in zip(half.parameters(), whole.parameters(), strict=True):
        if theirs.requires_grad:
            torch.testing.assert_close(ours.grad, theirs.grad, rtol=0.05, atol=1e-3)


def test_shards_and_all_weights_stay_in_float32() -> None:
    for plan in (FULL, replace(LORA, fsdp=True)):
        model = prepare_model(llama(), plan, bf16=True).model
        assert {each.dtype for each in model.parameters()} == {torch.float32}
