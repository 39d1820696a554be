"""Tests that an adapter in 8 bits comes close to itself, rank by rank, and that PEFT reads it."""

from pathlib import Path

import numpy as np
import safetensors.numpy

from dungeon.models.adapter_weights import as_peft_saves, in_8_bits, read_weights
from dungeon.models.gguf_tensors import Matrix

A = "base_model.model.model.layers.0.mlp.up_proj.lora_A.weight"
B = "base_model.model.model.layers.0.mlp.up_proj.lora_B.weight"


def adapter() -> dict[str, Matrix]:
    """Three ranks: one large, one a thousand times smaller, one of zeros."""
    rng = np.random.default_rng(6)
    sizes = np.array([1, 1e-3, 0], np.float32)
    a = rng.normal(size=(3, 8)).astype(np.float32) * sizes[:, None]
    b = rng.normal(size=(16, 3)).astype(np.float32) * sizes
    return {A: a, B: b}


def stored(folder: Path) -> Path:
    folder.mkdir()
    (folder / "adapter_config.json").write_text('{"r": 3, "lora_alpha": 6}')
    safetensors.numpy.save_file(in_8_bits(adapter()), folder / "adapter_model.safetensors")
    return folder


def test_each_rank_keeps_its_precision_however_small_it_is(tmp_path: Path) -> None:
    read = read_weights(stored(tmp_path / "small") / "adapter_model.safetensors")
    assert set(read) == {A, B}
    for rank in range(3):
        for found, true in (
            (read[A][rank], adapter()[A][rank]),
            (read[B][:, rank], adapter()[B][:, rank]),
        ):
            assert np.abs(found - true).max() <= np.abs(true).max() / 127 / 2 * 1.01


def test_peft_gets_an_adapter_without_8_bits(tmp_path: Path) -> None:
    folder = stored(tmp_path / "small")
    with as_peft_saves(folder) as plain:
        read = safetensors.numpy.load_file(plain / "adapter_model.safetensors")
        assert {str(each.dtype) for each in read.values()} == {"float32"}
        assert (plain / "adapter_config.json").read_text() == '{"r": 3, "lora_alpha": 6}'
    assert not plain.exists()
    assert np.array_equal(read[A], read_weights(folder / "adapter_model.safetensors")[A])


def test_an_adapter_as_peft_saves_it_is_taken_as_it_is(tmp_path: Path) -> None:
    safetensors.numpy.save_file(adapter(), tmp_path / "adapter_model.safetensors")
    with as_peft_saves(tmp_path) as plain:
        assert plain == tmp_path
