"""Tests that a requantised file is its base, with the adapters merged."""

import numpy as np
import pytest

from dungeon.generator.llama_launcher import LlamaSettings, serve
from dungeon.models.catalog import catalog
from dungeon.models.download import download_path
from dungeon.models.requantisation import requantise
from tests.dungeon.models.tiny import (
    HEADS,
    KEY_HEADS,
    RANK,
    halves,
    read_model,
    write_gguf_adapter,
    write_model,
    write_peft_adapter,
)


@pytest.fixture
def base(tmp_path):
    path = tmp_path / "base.gguf"
    write_model(path)
    return path


@pytest.mark.parametrize(("form", "close"), [("Q8_0", 0.02), ("Q4_0", 0.4), ("F16", 0.002)])
def test_matrices_are_requantised_and_the_rest_is_kept(tmp_path, base, form, close):
    requantise(base, tmp_path / "out.gguf", form)
    old, _, old_facts = read_model(base)
    new, types, facts = read_model(tmp_path / "out.gguf")
    assert types == {
        "token_embd.weight": "Q8_0",
        "blk.0.attn_norm.weight": "F32",
        "blk.0.attn_q.weight": form,
        "blk.0.attn_k.weight": form,
        "blk.0.ffn_up.weight": form,
        "blk.0.odd.weight": "F16" if form == "F16" else "F32",
    }
    for name, weight in old.items():
        assert np.abs(new[name] - weight).max() < max(close, 0.02)
    differing = {name for name in old_facts if facts[name] != old_facts[name]}
    assert differing <= {"general.file_type", "GGUF.kv_count"}
    assert facts["tokenizer.ggml.tokens"] == ["a", "é", "\x1b"]


def test_an_adapter_is_added_to_the_weights_it_changes(tmp_path, base):
    parts, alpha = halves(), 6.0
    write_gguf_adapter(tmp_path / "adapter.gguf", parts, alpha)
    requantise(base, tmp_path / "out.gguf", "F16", adapters=[tmp_path / "adapter.gguf"])
    old, _, _ = read_model(base)
    new, _, _ = read_model(tmp_path / "out.gguf")
    for name, weight in old.items():
        a, b = parts.get(name, (np.zeros((1, weight.shape[-1])), np.zeros((len(weight), 1))))
        wanted = weight + (b @ a * alpha / RANK if name in parts else 0)
        assert np.abs(new[name] - wanted).max() < 0.05


@pytest.mark.parametrize(("stable", "scale"), [(False, 8 / RANK), (True, 8 / RANK**0.5)])
def test_the_rows_of_a_peft_adapter_are_permuted(tmp_path, base, stable, scale):
    """transformers keeps a head's rows as two halves, llama.cpp as neighbouring pairs."""
    chance = np.random.default_rng(3)
    key = "base_model.model.model.layers.0.{}.lora_{}.weight"
    tensors = {}
    for module, rows in (("self_attn.q_proj", 64), ("self_attn.k_proj", 32), ("mlp.up_proj", 128)):
        tensors[key.format(module, "A")] = chance.normal(size=(RANK, 64))
        tensors[key.format(module, "B")] = chance.normal(size=(rows, RANK))
    write_peft_adapter(tmp_path / "peft", tensors, lora_alpha=8, use_rslora=stable)
    requantise(base, tmp_path / "out.gguf", "F16", adapters=[tmp_path / "peft"])
    old, _, _ = read_model(base)
    new, _, _ = read_model(tmp_path / "out.gguf")
    for module, name, heads in (
        ("self_attn.q_proj", "blk.0.attn_q.weight", HEADS),
        ("self_attn.k_proj", "blk.0.attn_k.weight", KEY_HEADS),
        ("mlp.up_proj", "blk.0.ffn_up.weight", None),
    ):
        delta = scale * tensors[key.format(module, "B")] @ tensors[key.format(module, "A")]
        if heads:
            size = len(delta) // heads
            pairs = [(i, size // 2 + i) for i in range(size // 2)]
            delta = delta[[h * size + row for h in range(heads) for pair in pairs for row in pair]]
        assert np.abs(new[name] - old[name] - delta).max() < 0.05


@pytest.mark.model
@pytest.mark.soak
async def test_a_merged_adapter_gives_the_same_log_probabilities_as_at_run_time(
    tmp_path, default_model, real_models_dir
):
    """In F16, where the noise of quantisation does not hide the difference."""
    entry = catalog().entries[catalog().default]
    base = download_path(entry, real_models_dir)
    plain, merged, adapter = (tmp_path / f"{name}.gguf" for name in ("plain", "merged", "adapter"))
    write_gguf_adapter(adapter, some_halves_of_the_default_model(), alpha=4.0)
    requantise(base, plain, "F16")
    requantise(base, merged, "F16", adapters=[adapter])
    without = await likeliest(plain)
    at_run_time = await likeliest(plain, ((adapter, 1.0),))
    in_file = await likeliest(merged)
    assert apart(at_run_time, in_file) < 0.12
    assert apart(without, in_file) > 0.24


def some_halves_of_the_default_model():
    chance = np.random.default_rng(5)
    shapes = {"attn_q": (576, 576), "attn_v": (192, 576), "ffn_down": (576, 1536)}
    return {
        f"blk.{layer}.{name}.weight": (
            chance.normal(0, 0.08, (4, columns)).astype(np.float32),
            chance.normal(0, 0.08, (rows, 4)).astype(np.float32),
        )
        for layer in range(0, 30, 3)
        for name, (rows, columns) in shapes.items()
    }


async def likeliest(path, lora=()):
    """Return the log-probabilities of the eight likeliest next tokens."""
    document = {"prompt": "You open the door and", "n_predict": 1, "n_probs": 8, "temperature": 0}
    async with serve(LlamaSettings(path, "x", 256, 1, lora=lora)) as server:
        answer = await server.request_json("/completion", document)
    (written,) = answer["completion_probabilities"]
    return {likely["id"]: likely["logprob"] for likely in written["top_logprobs"]}


def apart(one, other):
    """Return how far two distributions are apart at most, over the tokens in both."""
    shared = set(one) & set(other)
    assert len(shared) >= 5
    return max(abs(one[token] - other[token]) for token in shared)
